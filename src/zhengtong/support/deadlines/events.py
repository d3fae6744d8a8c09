"""Facts this room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zhengtong.kernel.events.services import Event


@dataclass(frozen=True)
class CalendarChanged(Event):
    """Another working-day calendar is in force. Open clocks are recomputed afterwards, see `DeadlinesMoved`."""

    name: ClassVar[str] = "deadlines.calendar.changed"
    version: str
    last_announced_year: int


@dataclass(frozen=True)
class DeadlinesMoved(Event):
    """Due dates of open clocks moved because the calendar changed. At most 500 in one event.

    `moves`: [{"subject_urn", "key", "kind", "was": "2026-03-02"|None, "due_date": "2026-03-03"|None}]
    """

    name: ClassVar[str] = "deadlines.clock.moved"
    moves: list[dict[str, Any]]
