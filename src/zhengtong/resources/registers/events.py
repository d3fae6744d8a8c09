"""Facts the registers announce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zhengtong.kernel.events.services import Event


@dataclass(frozen=True)
class RecordRegistered(Event):
    """An authority entered a record."""

    name: ClassVar[str] = "registers.record.registered"
    register: str
    record_uuid: str


@dataclass(frozen=True)
class RecordAmended(Event):
    """An authority changed fields of a record."""

    name: ClassVar[str] = "registers.record.amended"
    register: str
    record_uuid: str
    fields: list[str]


@dataclass(frozen=True)
class RegisterPublished(Event):
    """A definition was put in force."""

    name: ClassVar[str] = "registers.definition.published"
    register: str
    version: int


@dataclass(frozen=True)
class LoadFinished(Event):
    """Many records were loaded at once; of each record nothing more is announced."""

    name: ClassVar[str] = "registers.load.finished"
    register: str
    load_uuid: str
    new: int
    changed: int
    unchanged: int
    bad: int


@dataclass(frozen=True)
class RecordsMerged(Event):
    """One of two records ended: it was the other one twice. Its URN stands for the survivor from now on."""

    name: ClassVar[str] = "registers.record.merged"
    register: str
    ended_uuid: str
    survivor_uuid: str


@dataclass(frozen=True)
class MergeUndone(Event):
    """A record that had been merged stands for itself again."""

    name: ClassVar[str] = "registers.record.unmerged"
    register: str
    restored_uuid: str
    survivor_uuid: str


@dataclass(frozen=True)
class MatchingFinished(Event):
    """A search for duplicates came to its end; `found`: pairs that somebody has to look at."""

    name: ClassVar[str] = "registers.match.sought"
    register: str
    run_uuid: str
    found: int
