"""The lock files: `renew` makes them anew, `check` sees that they hold hashes, agree and name no address.

Addresses stay out because a lock must work with any mirror of the registries; the hashes say what is right.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import assets

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {"requirements-uv": (), "requirements": (), "requirements-dev": ("-c", "requirements.lock")}
ADDRESS = re.compile(r"[a-z+]+://|git@|(?:^|\s)(?:-i|-f|--(?:extra-)?index-url|--find-links)\b|^/|file:", re.MULTILINE)
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==(\S+)([^\n]*)", re.MULTILINE)


def main(verb: str) -> None:
    renew() if verb == "renew" else check()


def renew() -> None:
    for name, extra in LOCKS.items():
        subprocess.run(
            [
                ROOT / ".uv" / "bin" / "uv", "pip", "compile", "-q", "--universal", "--python-version", "3.11",
                "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", *extra,
                f"{name}.in", "-o", f"{name}.lock",
            ],
            cwd=ROOT, check=True,
        )  # fmt: skip
    assets.npm("install", "--package-lock-only", "--loglevel=error")
    path = ROOT / "package-lock.json"
    path.write_text(json.dumps(without_addresses(json.loads(path.read_text())), indent=2) + "\n")
    check()


def without_addresses(value: object) -> object:
    if isinstance(value, dict):
        return {k: without_addresses(v) for k, v in value.items() if k not in ("resolved", "funding")}
    return value


def check() -> None:
    faults = [fault for name in LOCKS for fault in faults_of_requirements(f"{name}.lock")]
    faults += faults_of_agreement() + faults_of_browser_lock()
    if faults:
        sys.exit("\n".join([*faults, "`make lock` makes them anew."]))


def faults_of_requirements(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    faults = [f"{name} names an address: {found.strip()!r}" for found in sorted(set(ADDRESS.findall(text)))]
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    faults += [f"{name}: no hash for {b.split()[0]}" for b in blocks if PIN.match(b) and "--hash=sha256:" not in b]
    wanted = {m[1].lower() for m in re.finditer(r"^([A-Za-z0-9._-]+)", asked_for(name), re.MULTILINE)}
    locked = {m[1] for m in PIN.finditer(text)}
    return faults + [f"{name} lacks {w}" for w in sorted(wanted) if re.sub(r"[-_.]+", "-", w) not in locked]


def asked_for(name: str) -> str:
    """The direct requirements: the text of the .in file, with what it includes."""
    text = (ROOT / name).with_suffix(".in").read_text(encoding="utf-8")
    included = re.findall(r"^-r (\S+)", text, re.MULTILINE)
    own = re.sub(r"^[-#].*$", "", text, flags=re.MULTILINE)
    return "\n".join([own, *(asked_for(Path(i).stem + ".lock") for i in included)])


def faults_of_agreement() -> list[str]:
    product, dev = (set(PIN.findall((ROOT / f).read_text())) for f in ("requirements.lock", "requirements-dev.lock"))
    return [f"requirements-dev.lock lacks {n}=={v} of requirements.lock" for n, v, _ in sorted(product - dev)]


def faults_of_browser_lock() -> list[str]:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    lock, asked = json.loads(text), json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    packages = {k: v for k, v in lock["packages"].items() if k}
    faults = [f"package-lock.json: no integrity hash for {k}" for k, v in packages.items() if "integrity" not in v]
    faults += [f"package-lock.json names an address: {a!r}" for a in sorted(set(ADDRESS.findall(text)))]
    for group in ("dependencies", "devDependencies"):
        if lock["packages"][""].get(group, {}) != asked.get(group, {}):
            faults.append(f"package-lock.json and package.json differ in {group}")
    return faults


if __name__ == "__main__":
    main(sys.argv[1])
