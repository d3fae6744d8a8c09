"""The faults put into the registers: each kind says when it applies, what it does, and tells the truth about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from zhengtong.resources.registers.synth.draws import Draws, Whole

Case = TypeVar("Case")


@dataclass(frozen=True, slots=True)
class Kind(Generic[Case]):
    """`weight` against the other kinds that apply to the same record."""

    key: str
    weight: int
    inject: Callable[[Case], None]
    applies: Callable[[Case], bool] = lambda _: True


def chosen(draws: Draws, register: str, index: Whole, per_million: int) -> Whole:
    """Positions of those records that get a fault; asked of the index alone, so every register knows it of the
    others.
    """
    return np.flatnonzero(draws.chance(f"fault {register}", index, per_million))


def spoil(kinds: Sequence[Kind[Case]], case: Case, draw: Callable[[int], int]) -> None:
    """Put in one fault of those that apply. `draw(below)` is the case's own."""
    fitting = [kind for kind in kinds if kind.applies(case)]
    left = draw(sum(kind.weight for kind in fitting)) if fitting else 0
    for kind in fitting:
        left -= kind.weight
        if left < 0:
            kind.inject(case)
            return
