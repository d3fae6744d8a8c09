"""Where backups lie: names and bytes, nothing more. A piece appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from .faults import BackupFault, Missing

PIECE = 1 << 20
DRAFTS = ".drafts"


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece that lies in a store: its name, its bytes there, when it came."""

    name: str
    size: int
    at: datetime


class Store(Protocol):
    """A place for pieces. `where` names it to people."""

    where: str

    def put(self, name: str, pieces: Iterable[bytes]) -> int:
        """Keep a piece, replacing one of the same name, and return its bytes once it is safe. Raises BackupFault."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """The piece, bit by bit. Raises Missing."""
        ...

    def list(self, folder: str) -> Iterator[Entry]:
        """The pieces below a folder, in no order."""
        ...

    def delete(self, name: str) -> None:
        """Remove a piece; none is no fault."""
        ...


class _SourceFault(Exception):
    """What went wrong with what is to be kept, not with the store."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class FolderStore:
    """A folder, best on another disk or machine. Folders 0700, files 0600, written through."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.where = folder, str(folder)

    def put(self, name: str, pieces: Iterable[bytes]) -> int:
        target = self.folder / name
        draft = self.folder / DRAFTS / f"{os.getpid()}-{os.urandom(6).hex()}"
        try:
            for folder in (draft.parent, target.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            size = _write(draft, _kept_apart(pieces))
            draft.replace(target)
            sync_folder(target.parent)
        except _SourceFault as fault:
            raise fault.cause from None
        except OSError as fault:
            raise BackupFault(f"{self.where} cannot be written to ({fault.strerror}): make room or give rights.") from (
                fault
            )
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
        return size

    def read(self, name: str) -> Iterator[bytes]:
        try:
            with (self.folder / name).open("rb") as file:
                while piece := file.read(PIECE):
                    yield piece
        except FileNotFoundError as fault:
            raise Missing(f"{self.where} holds no {name}") from fault
        except OSError as fault:
            raise BackupFault(f"{self.folder / name} cannot be read ({fault.strerror}).") from fault

    def list(self, folder: str) -> Iterator[Entry]:
        for path in sorted((self.folder / folder).rglob("*")):
            if path.is_file() and DRAFTS not in path.parts:
                held = path.stat()
                at = datetime.fromtimestamp(held.st_mtime, UTC)
                yield Entry(path.relative_to(self.folder).as_posix(), held.st_size, at)

    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        folder = (self.folder / name).parent
        while folder != self.folder and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent


def _kept_apart(pieces: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except OSError as fault:
        raise _SourceFault(fault) from fault


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_bytes(folder: Path) -> int:
    """Free bytes of the disk on which a folder lies or will lie."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _write(path: Path, pieces: Iterable[bytes]) -> int:
    size = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in pieces:
            size += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return size
