"""Are locked libraries known to be vulnerable? pip-audit over both locks, at a source that proves it knows anything.

A source is first asked for a release that is known to be vulnerable: one that says nothing of it (a mirror without
advisories, no network) is no source. Exit status 0: audited, nothing found; 1: something found, or a library nobody
could judge; 3: no source could be reached and nothing was audited, which is said; with `--offline-passes` that is 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SOURCES = ("pypi", "osv")
KNOWN = "django==4.2.0"  # CVE-2023-31047 and others
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")


def main(arguments: list[str]) -> int:
    source = next((name for name in SOURCES if knows_anything(name)), "")
    if not source:
        print(
            f"NOT AUDITED: neither {' nor '.join(SOURCES)} could be reached (asked for {KNOWN}, which is vulnerable). "
            "Run `make audit` where one can.",
            flush=True,
        )
        return 0 if "--offline-passes" in arguments else 3
    faults = [fault for lock in LOCKS for fault in faults_of(ask(source, ROOT / lock))]
    print("\n".join(sorted(set(faults))) or f"make audit: nothing known against {', '.join(LOCKS)} (source: {source})")
    return 1 if faults else 0


def knows_anything(source: str) -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(f"{KNOWN}\n")
        file.flush()
        return any(one.get("vulns") for one in ask(source, Path(file.name)))


def ask(source: str, requirements: Path) -> list[dict[str, Any]]:
    """What the source says of each library; empty where it cannot be reached."""
    command = [
        BIN / "pip-audit", "--requirement", requirements, "--no-deps", "--disable-pip",
        "--vulnerability-service", source, "--format", "json", "--progress-spinner", "off", "--timeout", "20",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        return []


def faults_of(told: list[dict[str, Any]]) -> list[str]:
    """One line for each advisory, and for each library the source could not judge."""
    if not told:
        return ["the source stopped answering"]
    faults = [
        f"{one['name']} {one.get('version', '')}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'none'}"
        for one in told
        for known in one.get("vulns", ())
    ]
    return faults + [f"{one['name']}: not judged: {one['skip_reason']}" for one in told if "skip_reason" in one]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
