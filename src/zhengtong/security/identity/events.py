"""What this room announces. Handlers read the present state; the uuid is enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from zhengtong.kernel.events.services import Event


@dataclass(frozen=True)
class RecoveryRequested(Event):
    """An official asked at a window that the account be opened to its holder again."""

    name: ClassVar[str] = "identity.recovery.requested"
    recovery_uuid: str


@dataclass(frozen=True)
class RecoveryIssued(Event):
    """Password, factors and sessions of the account are gone; somebody at the window holds the slip."""

    name: ClassVar[str] = "identity.recovery.issued"
    recovery_uuid: str


@dataclass(frozen=True)
class PowerOverPersonGranted(Event):
    """Somebody may now act for a person: as guardian, or by a power the person gave."""

    name: ClassVar[str] = "identity.agency.granted"
    representation_uuid: str


@dataclass(frozen=True)
class LevelChanged(Event):
    """A person was verified to level 3 (`reason` empty), or a level was taken back, and why. `level`: from now on."""

    name: ClassVar[str] = "identity.level.changed"
    person_uuid: str
    level: int
    reason: str
    changed_at: datetime
