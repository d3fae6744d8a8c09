"""Every check of the house that needs no database, side by side where the machine allows it; all faults are shown.

python scripts/check.py            check
python scripts/check.py NAME …     only the checks named
python scripts/check.py --mend     format sources and templates, and mend what the linter can
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PYTHON_FILES = [str(p) for p in (ROOT / "src", ROOT / "tests", ROOT / "scripts", ROOT / "bench", ROOT / "conftest.py")]
Command = list[str]


def tool(name: str, *arguments: str) -> Command:
    return [str(BIN / name), *arguments]


def script(name: str, *arguments: str) -> Command:
    return [sys.executable, str(ROOT / "scripts" / name), *arguments]


def templates() -> list[str]:
    return [str(p) for p in sorted((ROOT / "src").rglob("templates/**/*.html"))]


def sources() -> list[str]:
    return [p for p in PYTHON_FILES if Path(p).exists()]


def checks() -> dict[str, Command]:
    manage = [sys.executable, "-W", "ignore::RuntimeWarning", "-m", "zhengtong", "manage"]
    return {
        "types": tool("mypy", "--no-error-summary", "src/zhengtong"),
        "format": tool("ruff", "format", "--quiet", "--diff", *sources()),
        "lint": tool("ruff", "check", "--quiet", *sources()),
        "imports": tool("lint-imports", "--no-logo", "--no-cache"),
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "django": [*manage, "check", "--fail-level", "WARNING"],
        "translations": script("messages.py", "check"),
        "locks": script("locks.py", "check"),
        "reference": [sys.executable, "-m", "zhengtong", "docs", "--check"],
        "templates": tool("djhtml", "--check", "--tabwidth", "2", *templates()),
    }


def main(wanted: list[str]) -> None:
    if wanted == ["--mend"]:
        mend()
        return
    chosen = {name: command for name, command in checks().items() if not wanted or name in wanted}
    if unknown := set(wanted) - set(chosen):
        sys.exit(f"no check {', '.join(sorted(unknown))}; there are: {', '.join(checks())}")
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = list(pool.map(run, chosen, chosen.values()))
    if not all(results):
        sys.exit(f"make check: {results.count(False)} of {len(results)} found faults")
    print(f"make check: all {len(results)} found nothing")


def run(name: str, command: Command) -> bool:
    begun = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}", "COLUMNS": "160"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    passed = done.returncode == 0
    report = f"{'  ' if passed else '✗ '}{name:<13} {time.monotonic() - begun:5.1f} s"
    print(report if passed else f"{report}\n{done.stdout.rstrip()}\n", flush=True)
    return passed


def mend() -> None:
    for command in (
        tool("ruff", "check", "--quiet", "--fix-only", *sources()),
        tool("ruff", "format", *sources()),
        tool("djhtml", "--tabwidth", "2", *templates()),
    ):
        subprocess.run(command, cwd=ROOT, check=False)


if __name__ == "__main__":
    main(sys.argv[1:])
