"""What a source is."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from ..faults import Fault


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that cannot be read as cells."""

    fault: Fault
    cells: tuple[str | None, ...] = ()  # what there was


Row = list[str | None] | Unreadable


class Source(Protocol):
    """`size` and `position` in bytes (0: not known). `digest`: SHA-256 of all, when it was read to the end.

    `width`: told to it when the head is known: a text then holds every row to it.
    """

    name: str
    size: int
    width: int

    @property
    def position(self) -> int: ...

    @property
    def digest(self) -> str: ...

    def whole_digest(self) -> str:
        """SHA-256 of the whole before it is read; "" where a second reading may differ."""

    def rows(self) -> Generator[Row, None, None]:
        """Rows, the head among the first. Raises Unloadable where nothing more can be read."""

    def close(self) -> None: ...


class Tap(io.RawIOBase):
    """Counts and digests what is read through it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha = hashlib.sha256()
        self.position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read1(len(buffer)) if hasattr(self._file, "read1") else self._file.read(len(buffer))
        self._sha.update(data)
        self.position += len(data)
        buffer[: len(data)] = data
        return len(data)

    @property
    def digest(self) -> str:
        return self._sha.hexdigest()


def as_text(value: Any) -> str | None:
    """A cell of a typed source as the registers read text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 10**15 else repr(value)  # what has lost digits shows it
    return str(value)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
