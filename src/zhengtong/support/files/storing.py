"""The store: `<ZT_FILES>/ab/cd/<sha256>`, folders 0700, files 0600; a file appears whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

PIECE = 256 * 1024
NAME = 64  # hexadecimal digits of a SHA-256


class Readable(Protocol):
    """Anything that gives bytes in pieces: an open file, an upload."""

    def read(self, size: int, /) -> bytes: ...


class OverLimit(Exception):
    """More bytes came than the limit."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that has arrived and not yet been taken in."""

    stream: BinaryIO
    path: Path
    sha256: str
    size: int


def path_of(sha256: str) -> Path:
    return Path(settings.ZT_FILES) / sha256[:2] / sha256[2:4] / sha256


@contextlib.contextmanager
def receive(source: Readable, limit: int) -> Iterator[Incoming]:
    """Copy a stream into the store's antechamber, hashing it. It is gone afterwards unless `keep` moved it.

    Raises OverLimit as soon as the limit is passed.
    """
    antechamber = _folder(Path(settings.ZT_FILES) / "incoming")
    handle, name = tempfile.mkstemp(dir=antechamber)  # 0600
    path = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            digest, size = _copy(source, stream, limit)
            yield Incoming(stream, path, digest, size)
    finally:
        path.unlink(missing_ok=True)


def keep(incoming: Incoming) -> Path:
    """Take the file in under its hash: written through to the disk, then named. The same bytes are kept once."""
    target = path_of(incoming.sha256)
    if target.exists() and target.stat().st_size == incoming.size:
        return target
    _folder(target.parent)
    incoming.stream.flush()
    os.fsync(incoming.stream.fileno())
    os.replace(incoming.path, target)
    _sync_folder(target.parent)
    return target


def _copy(source: Readable, target: BinaryIO, limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(PIECE):
        size += len(piece)
        if size > limit:
            raise OverLimit
        digest.update(piece)
        target.write(piece)
    target.flush()
    return digest.hexdigest(), size


def _folder(path: Path) -> Path:
    """Made with its parents, each 0700 (`mkdir(parents=True)` would give the mode to the last one only)."""
    if not path.is_dir():
        if not path.parent.is_dir():
            _folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
