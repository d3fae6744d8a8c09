"""A register whose records lie somewhere."""

from __future__ import annotations

from dataclasses import dataclass

from ..definition.model import Definition
from ..definition.spatial import Shape


@dataclass(frozen=True, slots=True)
class Collection:
    """As OGC API - Features calls it: the records of one register, and what their places are made of."""

    definition: Definition
    shape: Shape

    @property
    def key(self) -> str:
        return self.definition.key
