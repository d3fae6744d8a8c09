"""Which timelines of the log go on from a backup: its own, and the newest that branched off behind it.

A restore begins a new timeline; its history file names every ancestor and where each was left. A branch that was left
before the backup ended says nothing about it, though its segments may bear the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .wal import HISTORY, PARTIAL, Log, is_segment, position


@dataclass(frozen=True, slots=True)
class Lineage:
    """`timeline`: where the log ends; `left`: the position at which each ancestor was left."""

    timeline: int
    left: dict[int, int] = field(default_factory=dict)

    def numbers(self, log: Log, names: Iterable[str]) -> dict[str, int]:
        """The number of every segment, whole or unfinished, that belongs here. Other names are left out."""
        found = {}
        for name in names:
            if is_segment(plain := name.removesuffix(PARTIAL)):
                timeline, number = int(plain[:8], 16), log.number(plain)
                end = self.left.get(timeline, -1) // log.segment
                if timeline == self.timeline or number <= end:
                    found[name] = number
        return found

    def of(self, number: int, log: Log) -> int:
        """The timeline on which a segment lies: the eldest that was not left before it."""
        return min((t for t, left in self.left.items() if number <= left // log.segment), default=self.timeline)


def from_histories(timeline: int, stop_lsn: str, histories: dict[str, str], wanted: int = 0) -> Lineage | None:
    """The newest timeline that descends from `timeline` at or behind `stop_lsn`, else that one itself; `wanted`: that
    one and no other, None where nothing leads to it. `histories`: texts of history files by name."""
    for name in sorted((n for n in histories if HISTORY.fullmatch(n)), reverse=True):
        number, left = int(name[:8], 16), _left(histories[name])
        if wanted in (0, number) and left.get(timeline, -1) >= position(stop_lsn):
            return Lineage(number, left)
    if wanted not in (0, timeline):
        return None
    return Lineage(timeline, _left(histories.get(f"{timeline:08X}.history", "")))


def _left(history: str) -> dict[int, int]:
    """What a history file tells: `parent<TAB>position<TAB>reason` in each line that is neither empty nor a comment."""
    rows = [line.split() for line in history.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {int(row[0]): position(row[1]) for row in rows}
