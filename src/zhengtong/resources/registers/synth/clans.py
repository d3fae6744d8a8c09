"""The people of a run of clans as arrays: births, kin, deaths, households. Every array has a row per clan, a
column per slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zhengtong.resources.registers.synth import templates
from zhengtong.resources.registers.synth.draws import Whole, running
from zhengtong.resources.registers.synth.spec import CLAN
from zhengtong.resources.registers.synth.templates import FIRST_BIRTH, Slot
from zhengtong.resources.registers.synth.world import World

NOBODY = -1
MALE, FEMALE = 1, 2  # GB/T 2261.1
ACTIVE, DECEASED, MOVED_OUT = 0, 1, 2
DIVORCED, SECOND_MARRIAGE, MOVED, ELSEWHERE, OUTSIDER = 45_000, 30_000, 20_000, 120_000, 150_000  # of a million
SURVIVORS = (  # of 100,000 born, at 0, 1, 5, 10 … 110 years: plausible, invented
    100_000, 99_300, 99_050, 98_950, 98_800, 98_550, 98_250, 97_850, 97_300, 96_500, 95_300, 93_500,
    90_800, 86_800, 80_800, 72_000, 59_500, 43_500, 26_000, 11_500, 3_300, 500, 30, 0,
)  # fmt: skip
_AGES = (0, 1, *range(5, 111, 5))
RELATIONS = ("head", "spouse", "child", "in-law", "grandchild")


def _survivors_by_year() -> Whole:
    """Survivors at each full year of age, 0 to 110, between the listed ages in a straight line."""
    found = []
    for low, high, here, there in zip(_AGES, _AGES[1:], SURVIVORS, SURVIVORS[1:], strict=False):
        found += [here + (there - here) * (age - low) // (high - low) for age in range(low, high)]
    return np.array([*found, 0])


SURVIVING = _survivors_by_year()


@dataclass(slots=True)
class People:
    """Kin are slots of the same clan or NOBODY; days count from 1880. `household` is the slot that gives it its
    number.
    """

    clan: Whole
    county: Whole
    lineage: Whole
    exists: NDArray[np.bool_]
    sex: Whole
    born: Whole
    died: Whole  # a day, or NOBODY
    mother: Whole
    father: Whole
    partner: Whole
    divorced: NDArray[np.bool_]
    household: Whole
    relation: Whole  # position in RELATIONS
    through_woman: NDArray[np.bool_]  # a grandchild by a daughter, an in-law who is a husband
    lane: Whole
    left: NDArray[np.bool_]
    last_birth: Whole  # of a child; NOBODY without

    @property
    def index(self) -> Whole:
        """The number of each person."""
        return self.clan[:, None] * CLAN + np.arange(CLAN)

    @property
    def status(self) -> Whole:
        return np.where(self.died != NOBODY, DECEASED, np.where(self.left, MOVED_OUT, ACTIVE))


@dataclass(frozen=True)
class _Maker:
    """Fills the rows of those clans that have one template, slot by slot: parents stand before their children."""

    world: World
    people: People
    rows: Whole
    residue: Whole

    def fill(self, slots: tuple[Slot, ...]) -> None:
        for position, slot in enumerate(slots):
            self.people.lane[self.rows, position] = slot.lane
            self.people.household[self.rows, position] = slot.household
            self.people.relation[self.rows, position] = RELATIONS.index(slot.relation)
            {"F": self._founder, "S": self._single, "P": self._partner, "C": self._child}[slot.kind](position, slot)

    def index(self, position: int) -> Whole:
        return self.people.clan[self.rows] * CLAN + position

    def _born(self, position: int, day: Whole) -> None:
        """Rounded down to the clan's residue."""
        modulus = self.world.modulus
        self.people.born[self.rows, position] = day - (day - self.residue) % modulus

    def _founder(self, position: int, slot: Slot) -> None:
        low = max(slot.ages[0], slot.needs)
        age = low + self.world.draws.whole("age", self.index(position), max(slot.ages[1] - low, 1))
        self.people.sex[self.rows, position] = MALE
        self._born(position, self.world.today - age)

    def _single(self, position: int, slot: Slot) -> None:
        draws, index = self.world.draws, self.index(position)
        days = np.maximum(draws.whole("age", index, 27_000), draws.whole("age again", index, 24_000))
        self.people.sex[self.rows, position] = slot.ref
        self._born(position, self.world.today - 6600 - days)

    def _partner(self, position: int, slot: Slot) -> None:
        """The wife is from a year and a half older to five years younger."""
        people, rows = self.people, self.rows
        sex = people.sex[rows, slot.ref]
        gap = self.world.draws.whole("gap", self.index(position), 2370) - 545
        people.sex[rows, position] = MALE + FEMALE - sex
        self._born(position, people.born[rows, slot.ref] + np.where(sex == MALE, gap, -gap))
        people.partner[rows, position], people.partner[rows, slot.ref] = slot.ref, position
        people.through_woman[rows, position] = sex == FEMALE
        divorced = self.world.draws.chance("divorced", self.index(position), DIVORCED)
        people.divorced[rows, position] = people.divorced[rows, slot.ref] = divorced
        people.household[rows[divorced], position] = position
        people.relation[rows[divorced], position] = 0

    def _child(self, position: int, slot: Slot) -> None:
        people, rows, draws = self.people, self.rows, self.world.draws
        first_is_male = people.sex[rows, slot.ref] == MALE
        second = people.partner[rows, slot.ref]
        mother, father = np.where(first_is_male, second, slot.ref), np.where(first_is_male, slot.ref, second)
        people.mother[rows, position], people.father[rows, position] = mother, father
        people.sex[rows, position] = np.where(draws.chance("boy", self.index(position), 515_000), MALE, FEMALE)
        people.through_woman[rows, position] = ~first_is_male
        day = self._birth_day(slot, people.born[rows, mother])
        self._born(position, day)
        for parent in (mother, father):
            people.last_birth[rows, parent] = np.maximum(people.last_birth[rows, parent], day)

    def _birth_day(self, slot: Slot, mother_born: Whole) -> Whole:
        """Twenty to thirty-one years after the mother's, later ones spaced; early enough for all who come after."""
        index = self.people.clan[self.rows] * CLAN + slot.ref
        day = mother_born + FIRST_BIRTH + self.world.draws.whole("first birth", index, 4000)
        step = templates.spacing(self.world.modulus)
        for order in range(1, slot.order + 1):
            day = day + step + self.world.draws.whole(f"spacing {order}", index, 912)
        return np.minimum(day, self.world.today - slot.needs)


def build(world: World, first: int, count: int) -> People:
    """The clans `first` to `first + count - 1`; people beyond the number asked for do not exist."""
    people = _blank(world, first, count)
    lineage, _, residue = world.reserve(people.clan)
    people.lineage = lineage
    residue = (residue + world.draws.whole("residue", np.array([0]), world.modulus)[0]) % world.modulus
    kind = world.draws.pick("template", people.clan, running(templates.weights()))
    for number, shape in enumerate(templates.templates(world.modulus)):
        rows = np.flatnonzero(kind == number)
        _Maker(world, people, rows, residue[rows]).fill(shape.slots)
    _cut(world, people)
    _let_die(world, people)
    _let_leave(world, people)
    return people


def _blank(world: World, first: int, count: int) -> People:
    clan = np.arange(first, first + count, dtype=np.int64)
    shape = (count, CLAN)

    def full(value: int) -> Whole:
        return np.full(shape, value, dtype=np.int64)

    def no() -> NDArray[np.bool_]:
        return np.zeros(shape, dtype=bool)

    return People(
        clan=clan, county=world.home(clan)[0], lineage=clan, exists=~no(), sex=full(0), born=full(0), died=full(NOBODY),
        mother=full(NOBODY), father=full(NOBODY), partner=full(NOBODY), divorced=no(), household=full(0),
        relation=full(0), through_woman=no(), lane=full(0), left=no(), last_birth=full(NOBODY),
    )  # fmt: skip


def _cut(world: World, people: People) -> None:
    """The last clan may be cut short: partners stand beside each other and parents before children, so only a
    partner is lost.
    """
    people.exists = people.index < world.spec.people
    lost = people.index + 1 == world.spec.people
    people.partner[lost & (people.partner > np.arange(CLAN))] = NOBODY


def _let_die(world: World, people: People) -> None:
    """Everybody has a day of death by SURVIVORS, parents after their last child's birth; it counts once it has come."""
    needed = np.maximum(people.last_birth + 200 - people.born, 0) // 365 + 1
    needed = np.where(people.last_birth == NOBODY, 0, np.minimum(needed, 109))
    level = world.draws.whole("death", people.index, SURVIVING[needed])
    years = np.searchsorted(-SURVIVING, -level, side="right") - 1
    age = np.maximum(years, needed) * 365 + world.draws.whole("death day", people.index, 365)
    day = people.born + age + age // 1461
    people.died = np.where(day <= world.today, day, NOBODY)


def _let_leave(world: World, people: People) -> None:
    """Whole households move out of the province."""
    number = people.clan[:, None] * CLAN + people.household
    people.left = world.draws.chance("moved", number, MOVED)


class Kin:
    """Questions about kin that several registers ask."""

    def __init__(self, people: People) -> None:
        self.people = people

    @cached_property
    def rows(self) -> Whole:
        return np.arange(len(self.people.clan))[:, None]

    def of(self, values: Whole, kin: Whole) -> Whole:
        """The kin's values, the own one where there is nobody."""
        return values[self.rows, np.where(kin == NOBODY, np.arange(CLAN), kin)]
