"""A record of any register but the population whose fault needs nothing but itself, the world and an unspoilt
other one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import polars as pl

from zhengtong.resources.registers.synth.divisions import abolished
from zhengtong.resources.registers.synth.draws import Whole
from zhengtong.resources.registers.synth.faults import Kind, chosen, spoil
from zhengtong.resources.registers.synth.sheet import Row, Sheet
from zhengtong.resources.registers.synth.world import World


@dataclass
class Record:
    """`index` numbers it for ever; `beside` is what the register's own faults need (the chunk, for companies)."""

    world: World
    sheet: Sheet
    spoilt: frozenset[int]
    place: int
    index: int
    beside: Any = None

    @cached_property
    def row(self) -> Row:
        return self.sheet.read(self.place)

    def draw(self, name: str, below: int) -> int:
        return self.world.draws.one(f"{self.sheet.register} fault {name}", self.index, below)

    def change(self, kind: str, name: str, written: Any, partner: int | str | None = None) -> None:
        self.sheet.write(self.place, **{name: written})
        self.sheet.note(self.place, kind, name, self.row[name], partner)

    def again(self, kind: str, betrayed_by: str, **changed: Any) -> None:
        """Add the record once more somewhere on the page."""
        place = self.sheet.add(self.draw("where", len(self.sheet.frame)), {**self.row, **changed})
        self.sheet.note(place, kind, betrayed_by, self.row[betrayed_by], self.place)

    def other(self, fits: Callable[[Row], bool]) -> int | None:
        """An unspoilt record of the page that fits; None where none is found soon."""
        for attempt in range(60):
            place = self.draw(f"other {attempt}", len(self.sheet.frame))
            if place not in self.spoilt and place != self.place and fits(self.sheet.read(place)):
                return place
        return None


def spoilt(
    sheet: Sheet, world: World, index: Whole, kinds: Sequence[Kind[Record]], beside: Any = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The page with its faults, and the truth about them."""
    places = chosen(world.draws, sheet.register, index, world.spec.faults_per_million).tolist()
    everyone = frozenset(places)
    for place in places:
        record = Record(world, sheet, everyone, place, int(index[place]), beside)
        spoil(kinds, record, partial(record.draw, "kind"))
    return sheet.finish()


def division_abolished(record: Record) -> None:
    gone = abolished()
    record.change("division-abolished", "division", gone[record.draw("division", len(gone))])


def coordinates_swapped(record: Record) -> None:
    record.change("coordinates-swapped", "longitude", record.row["latitude"])
    record.change("coordinates-swapped", "latitude", record.row["longitude"])
