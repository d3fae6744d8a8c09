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
