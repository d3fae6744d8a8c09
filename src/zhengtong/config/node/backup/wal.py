"""The write-ahead log as files: names, positions, what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEGMENT = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"[0-9A-F]{8}\.history")
PARTIAL = ".partial"


@dataclass(frozen=True, slots=True)
class Log:
    """The folder of a server's log and the bytes of a segment."""

    folder: Path
    segment: int

    def number(self, name: str) -> int:
        """Which segment a name means, whatever its timeline."""
        return int(name[8:16], 16) * (0x100000000 // self.segment) + int(name[16:24], 16)

    def name(self, timeline: int, number: int) -> str:
        high, low = divmod(number, 0x100000000 // self.segment)
        return f"{timeline:08X}{high:08X}{low:08X}"

    def segment_of(self, lsn: str) -> int:
        return position(lsn) // self.segment

    def start_of(self, number: int) -> str:
        """The position at which a segment begins."""
        return f"{number * self.segment >> 32:X}/{number * self.segment & 0xFFFFFFFF:X}"

    def complete(self, first: int, end: int) -> Iterator[str]:
        """Names of the segments from `first` up to, not including, `end` that lie in the folder, of any timeline."""
        for path in sorted(self.folder.iterdir()):
            if SEGMENT.fullmatch(path.name) and first <= self.number(path.name) < end:
                yield path.name

    def histories(self) -> Iterator[str]:
        for path in sorted(self.folder.glob("*.history")):
            if HISTORY.fullmatch(path.name):
                yield path.name

    def beginning(self, name: str, size: int) -> Iterator[bytes]:
        """A segment up to `size` bytes, the rest zeros: what stands behind is not yet, or no longer, valid."""
        with (self.folder / name).open("rb") as file:
            yield file.read(size)
        yield bytes(self.segment - size)


def position(lsn: str) -> int:
    high, low = lsn.split("/")
    return int(high, 16) << 32 | int(low, 16)


def is_segment(name: str) -> bool:
    return bool(SEGMENT.fullmatch(name))
