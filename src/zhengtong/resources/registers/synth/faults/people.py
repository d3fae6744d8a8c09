"""A person whose record is to be spoilt, and what every kind of fault asks about him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from zhengtong.resources.registers.synth import addresses
from zhengtong.resources.registers.synth.clans import CLAN, NOBODY
from zhengtong.resources.registers.synth.divisions import FIRST_YEAR, Span, spans
from zhengtong.resources.registers.synth.draws import Whole
from zhengtong.resources.registers.synth.names import HAN
from zhengtong.resources.registers.synth.numbers import with_check
from zhengtong.resources.registers.synth.population import PHONE_PREFIX, Chunk
from zhengtong.resources.registers.synth.sheet import Row, Sheet
from zhengtong.resources.registers.synth.spec import PAGE
from zhengtong.resources.registers.synth.world import World, calendar


@dataclass
class Person:
    """`spoilt` holds the rows of all who get a fault: nobody of them serves as another's partner."""

    world: World
    chunk: Chunk
    sheet: Sheet
    spoilt: frozenset[int]
    place: int
    index: int

    @cached_property
    def row(self) -> Row:
        return self.sheet.read(self.place)

    def draw(self, name: str, below: int) -> int:
        return self.world.draws.one(f"population fault {name}", self.index, below)

    @property
    def clan(self) -> int:
        """Row of the clan in the chunk."""
        return self.index // CLAN - int(self.chunk.people.clan[0])

    @property
    def slot(self) -> int:
        return self.index % CLAN

    @property
    def number(self) -> str:
        return str(self.row["id_number"])

    @property
    def year(self) -> int:
        return int(self.number[6:10])

    @property
    def is_han(self) -> bool:
        return int(self.row["ethnic"]) == HAN

    @property
    def is_active(self) -> bool:
        return bool(self.row["status"] == "active")

    @property
    def has_parents(self) -> bool:
        return bool(self.row["mother_id_number"])

    @cached_property
    def page(self) -> tuple[int, int]:
        """First row of the page and the row after its last."""
        first = self.index // (PAGE * CLAN) * PAGE * CLAN - int(self.chunk.people.clan[0]) * CLAN
        return first, min(first + PAGE * CLAN, len(self.chunk.rows))

    def stranger(self, name: str, fits: Callable[[Row], bool]) -> int | None:
        """The row of an unspoilt person of another clan on the page who fits; None where none is found soon."""
        low, high = self.page
        for attempt in range(40):
            place = low + self.draw(f"{name} {attempt}", high - low)
            if place not in self.spoilt and place // CLAN != self.place // CLAN and fits(self.sheet.read(place)):
                return place
        return None

    def younger_kin(self) -> int | None:
        """The row of an unspoilt member of the clan at most twelve years older, or younger."""
        people = self.chunk.people
        born = people.born[self.clan]
        rows = [int(r) for r in self.chunk.place[self.clan][born > born[self.slot] - 12 * 365] if r != NOBODY]
        others = [row for row in rows if row != self.place and row not in self.spoilt]
        return others[self.draw("kin", len(others))] if others else None

    @cached_property
    def outside(self) -> Whole:
        """Areas outside, in force when the person was born, that belong to the lineage."""
        outside, row = self.world.outside, max(self.year - FIRST_YEAR, 0)
        lineage = int(self.chunk.people.lineage[self.clan])
        start, count = int(outside.starts[row, lineage]), int(outside.counts[row, lineage])
        return outside.flat[start : start + count]

    def foreign_area(self) -> str:
        """One of `outside`, of at least two, that is not the person's own."""
        first = self.draw("area", len(self.outside))
        found = [str(self.outside[(first + step) % len(self.outside)]) for step in (0, 1)]
        return found[0] if found[0] != self.number[:6] else found[1]

    @cached_property
    def lapsed(self) -> list[str]:
        """Codes not in force when the person was born; the lineage's share of them, so that no two numbers meet."""
        year = max(self.year, FIRST_YEAR)
        shared = _every_span()[int(self.chunk.people.lineage[self.clan]) :: len(self.world.lineages)]
        return [span.code for span in shared if not span.holds(year)]

    def second_number(self) -> str:
        """Another number of the same person, as after a second registration elsewhere: only the area differs."""
        return with_check(f"{self.foreign_area()}{self.number[6:17]}")

    def second_phone(self) -> str:
        return f"{PHONE_PREFIX}{(self.index + 50_000_000) * 48_271_727 % 100_000_000:08d}"

    def second_address(self) -> Row:
        """The clan's spare address: code, text, division, town."""
        clan = self.chunk.people.clan[self.clan]
        number = np.array([clan * addresses.PER_CLAN + addresses.SPARE])
        listed = addresses.frame(self.world, number, self.chunk.people.county[[self.clan]]).row(0, named=True)
        moved = {name: listed[name] for name in ("division", "town", "address_code")}
        return {**moved, "address_text": listed["full_text"]}

    def earlier(self, least: int) -> tuple[str, str]:
        """Day of birth pushed before 1905 by multiples of the modulus (so that numbers stay apart): YYYYMMDD, ISO."""
        numbers, iso, years = calendar()
        born = int(self.chunk.people.born[self.clan, self.slot])
        while years[born] >= least:
            born -= self.world.modulus
        return str(numbers[born]), str(iso[born])


@cache
def _every_span() -> list[Span]:
    return [span for _, span in sorted(spans().items())]


def indexes(chunk: Chunk) -> Whole:
    """The number of each person of the chunk, in the order of the rows."""
    return chunk.people.index[chunk.people.exists]
