"""The tables of one synthetic province: counties, areas of birth, and the plan that keeps identity numbers apart.

**No two people share a number, and nobody has to remember which were given.** A clan has a lineage of counties (its
home), a serial class and a residue: its members are born on days with that residue modulo `modulus`. Clans of one
lineage with one class differ in the residue; members of one clan differ in lane or day (`templates`). Areas outside
belong to one lineage each. `modulus` grows with the number of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth.divisions import FIRST_YEAR, YEARS, County, counties, lineages, spans
from zhengtong.resources.registers.synth.draws import Draws, Whole
from zhengtong.resources.registers.synth.spec import Spec, SynthFault

CLASSES = 99  # serial classes: 99 × 5 lanes × 2 sexes = serials 1 to 990; 991 to 999 stay free for numbers of nobody
MODULI = (128, 256, 512, 1000)  # days
EPOCH = date(1880, 1, 1)
_DAYS = 60_000


def day_number(day: date) -> int:
    """Days since 1880-01-01."""
    return (day - EPOCH).days


@lru_cache(1)
def calendar() -> tuple[Whole, pl.Series, Whole]:
    """For each day number: YYYYMMDD as a number, ISO date, year."""
    days = [EPOCH + timedelta(days=n) for n in range(_DAYS)]
    numbers = np.array([d.year * 10_000 + d.month * 100 + d.day for d in days])
    return numbers, pl.Series([d.isoformat() for d in days]), np.array([d.year for d in days])


@dataclass(frozen=True)
class Outside:
    """Area codes of the rest of the country, by year and lineage: `flat[starts[year, lineage]:][:counts[year,
    lineage]]`.
    """

    flat: Whole
    starts: Whole
    counts: Whole


class World:
    """What every page needs, made once. Raises SynthFault where the divisions cannot hold so many people."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.draws = Draws(spec.seed)
        self.today = day_number(spec.day)
        self.counties: tuple[County, ...] = counties(spec.divisions)
        self.lineages = lineages(self.counties)
        self._plan()
        self.modulus = self._modulus()
        self.codes = np.array([[int(code) for code in county.codes] for county in self.counties])

    def _plan(self) -> None:
        """Counties get clans by their number of towns: clan c is number `rank` of the county at `pattern[c % len]`."""
        weights = [len(county.towns) for county in self.counties]
        order = [i for i, weight in enumerate(weights) for _ in range(weight)]
        self.pattern = np.array(sorted(range(len(order)), key=lambda k: Draws(0).bits("plan", np.array([k]))[0]))
        self.pattern = np.array(order)[self.pattern]
        self.lineage_of = np.empty(len(weights), dtype=np.int64)
        for number, members in enumerate(self.lineages):
            self.lineage_of[members] = number
        self._county_nth, self.county_weight = _occurrences(self.pattern, len(weights))
        self._lineage_nth, self.lineage_weight = _occurrences(self.lineage_of[self.pattern], len(self.lineages))

    def _modulus(self) -> int:
        rounds = -(-self.spec.clans // len(self.pattern))
        needed = -(-rounds * int(self.lineage_weight.max()) // CLASSES)
        fitting = [m for m in MODULI if m >= needed]
        if not fitting:
            most = MODULI[-1] * CLASSES * len(self.pattern) // int(self.lineage_weight.max()) * 16
            wider = self.counties[0].code[:2]
            raise SynthFault(
                f"所选区划最多容纳约 {most} 人。请扩大范围，例如 --divisions {wider}。",
                f"These divisions hold about {most} people. Choose wider ones, such as --divisions {wider}.",
            )
        return fitting[0]

    def home(self, clan: Whole) -> tuple[Whole, Whole]:
        """Clan → position of its county, and which clan of that county it is."""
        turn, place = np.divmod(clan, len(self.pattern))
        county = self.pattern[place]
        return county, turn * self.county_weight[county] + self._county_nth[place]

    def reserve(self, clan: Whole) -> tuple[Whole, Whole, Whole]:
        """Clan → lineage, serial class, residue of days: no two clans have the same three."""
        turn, place = np.divmod(clan, len(self.pattern))
        lineage = self.lineage_of[self.pattern[place]]
        rank = turn * self.lineage_weight[lineage] + self._lineage_nth[place]
        return lineage, rank % CLASSES, rank // CLASSES % self.modulus

    @cached_property
    def outside(self) -> Outside:
        """Codes that no lineage here ever had. Each belongs to one lineage, for whose clans alone it is a place of
        birth.
        """
        own = {code for county in self.counties for code in county.codes}
        others = [span for code, span in sorted(spans().items()) if code not in own]
        owner = np.arange(len(others)) % len(self.lineages)
        flat: list[int] = []
        starts = np.zeros((len(YEARS), len(self.lineages)), dtype=np.int64)
        counts = np.zeros_like(starts)
        for row, year in enumerate(YEARS):
            held = [(int(owner[k]), int(span.code)) for k, span in enumerate(others) if span.holds(year)]
            held.sort()
            counts[row] = np.bincount([lineage for lineage, _ in held], minlength=len(self.lineages))
            starts[row] = len(flat) + np.concatenate(([0], np.cumsum(counts[row])[:-1]))
            flat.extend(code for _, code in held)
        return Outside(np.array(flat), starts, counts)

    def areas(self, county: Whole, lineage: Whole, born: Whole, outsider: Whole, draw: Whole) -> Whole:
        """The code of the place of birth. `outsider` is a truth value; where nothing is outside, the own county's."""
        row = np.maximum(calendar()[2][born] - FIRST_YEAR, 0)
        native = self.codes[county, row]
        count = self.outside.counts[row, lineage]
        taken = self.outside.starts[row, lineage] + draw % np.maximum(count, 1)
        if not len(self.outside.flat):
            return native
        foreign = self.outside.flat[np.minimum(taken, len(self.outside.flat) - 1)]
        return np.where((outsider != 0) & (count > 0), foreign, native)


def _occurrences(pattern: Whole, kinds: int) -> tuple[Whole, Whole]:
    """For each place of a pattern which occurrence of its value it is; and how often each value occurs."""
    seen = np.zeros(kinds, dtype=np.int64)
    nth = np.empty(len(pattern), dtype=np.int64)
    for place, value in enumerate(pattern):
        nth[place] = seen[value]
        seen[value] += 1
    return nth, seen
