"""Facts announced about code tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from zhengtong.kernel.events.services import Event


@dataclass(frozen=True)
class EditionLoaded(Event):
    """A new edition of a code table stands: whoever holds its codes may look which of them it ended."""

    name: ClassVar[str] = "standards.edition.loaded"
    table: str
    version: str
    valid_from: date
