"""The population register: one row a person, all fields, before any fault.

Codes: GB/T 2261.1 sex, 2261.2 marital state, 3304 peoples, 4658 education, 4761 relation in the household (the last
from memory, unverified). Phones begin with 154, assigned to no operator as far as known (unverified). `source_note`
marks every row as synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth import addresses, clans, naming
from zhengtong.resources.registers.synth.clans import CLAN, MALE, NOBODY, Kin, People
from zhengtong.resources.registers.synth.draws import Whole, running
from zhengtong.resources.registers.synth.numbers import id_numbers, padded
from zhengtong.resources.registers.synth.spec import NOTE
from zhengtong.resources.registers.synth.templates import LANES
from zhengtong.resources.registers.synth.world import World, calendar

STATUSES = pl.Series(["active", "deceased", "moved_out"])
PHONE_PREFIX = "154"
UNMARRIED, MARRIED, REMARRIED, WIDOWED, DIVORCED = "10", "21", "22", "30", "40"
MARITAL = pl.Series([UNMARRIED, MARRIED, REMARRIED, WIDOWED, DIVORCED])
EDUCATION = pl.Series(["", "80", "70", "60", "40", "30", "20", "10"])
_SCHOOL = running([0, 250, 340, 150, 90, 90, 75, 5])  # grown-ups born before 1985: plausible, invented
_SCHOOL_LATER = running([0, 20, 220, 200, 120, 220, 200, 20])


@dataclass(slots=True)
class Chunk:
    """A run of clans: its people, the rows of the register for those who exist, and where in it each person stands."""

    people: People
    rows: pl.DataFrame
    place: Whole  # [clan, slot] → row, NOBODY for who does not exist


def chunk(world: World, first: int, count: int) -> Chunk:
    people = clans.build(world, first, count)
    place = np.where(people.exists, np.cumsum(people.exists.ravel()).reshape(people.exists.shape) - 1, NOBODY)
    return Chunk(people, _rows(world, people, place), place)


def serials(world: World, people: People) -> Whole:
    """The three digits before the check character: class and lane of the clan, odd for men."""
    _, serial_class, _ = world.reserve(people.clan)
    lane = serial_class[:, None] * LANES + people.lane + 1
    return lane * 2 - (people.sex == MALE)


def area_codes(world: World, people: People) -> Whole:
    draws, index = world.draws, people.index
    rooted = (people.mother != NOBODY) | (people.household == 0)
    outsider = draws.chance("outsider", index, clans.OUTSIDER) & ~rooted
    county, lineage = np.broadcast_arrays(people.county[:, None], people.lineage[:, None], index)[:2]
    return world.areas(county, lineage, people.born, outsider.astype(np.int64), draws.whole("origin", index, 1 << 30))


def _rows(world: World, people: People, place: Whole) -> pl.DataFrame:
    there = people.exists
    numbers, iso, _ = calendar()
    areas = area_codes(world, people)
    ids = id_numbers(areas[there], numbers[people.born[there]], serials(world, people)[there])
    names = naming.names(world, people)
    home = _homes(world, people)
    status = people.status[there]
    frame = pl.DataFrame({"id_number": ids, **names})
    return frame.with_columns(
        birth_date=iso.gather(people.born[there]),
        death_date=_or_empty(iso, people.died[there]),
        status=STATUSES.gather(status),
        **home,
        phone=_phones(world, people),
        household_id="H" + padded(_household_number(people)[there], 10),
        household_relation=_relations(people),
        father_id_number=_kin_number(ids, place, people, people.father),
        mother_id_number=_kin_number(ids, place, people, people.mother),
        spouse_id_number=_kin_number(ids, place, people, np.where(people.divorced, NOBODY, people.partner)),
        marital=_marital(world, people),
        education=_education(world, people),
        updated_on=iso.gather(_updated(world, people)),
        source_note=pl.lit(NOTE),
    )


def _or_empty(texts: pl.Series, position: Whole) -> pl.Series:
    """The text at each position; empty for NOBODY."""
    found = texts.gather(np.maximum(position, 0))
    return pl.select(pl.when(pl.Series(position != NOBODY)).then(found).otherwise(pl.lit(""))).to_series()


def _kin_number(ids: pl.Series, place: Whole, people: People, kin: Whole) -> pl.Series:
    target = Kin(people).of(place, kin)[people.exists]
    return _or_empty(ids, np.where(kin[people.exists] == NOBODY, NOBODY, target))


def _household_number(people: People) -> Whole:
    return people.clan[:, None] * CLAN + people.household


def _homes(world: World, people: People) -> dict[str, pl.Series]:
    """Division, town, address code and text: reckoned once a household."""
    heads = (people.household == np.arange(CLAN)) & people.exists
    number = (people.clan[:, None] * addresses.PER_CLAN + np.arange(CLAN))[heads]
    county = addresses.residence(world, number, np.broadcast_to(people.county[:, None], heads.shape)[heads])
    listed = addresses.frame(world, number, county)
    position = np.cumsum(heads.ravel()).reshape(heads.shape) - 1
    mine = Kin(people).of(position, people.household)[people.exists]
    columns = {"division": "division", "town": "town", "address_code": "address_code", "address_text": "full_text"}
    return {name: listed[source].gather(mine) for name, source in columns.items()}


def household_addresses(world: World, people: People) -> tuple[Whole, Whole]:
    """Numbers and counties of the addresses where somebody lives."""
    heads = (people.household == np.arange(CLAN)) & people.exists
    number = (people.clan[:, None] * addresses.PER_CLAN + np.arange(CLAN))[heads]
    return number, addresses.residence(world, number, np.broadcast_to(people.county[:, None], heads.shape)[heads])


def _phones(world: World, people: People) -> pl.Series:
    """Everybody from twelve years on who is alive has one of his own: the number is a permutation of the person's."""
    there = people.exists
    phone = PHONE_PREFIX + padded(people.index[there] * 48_271_727 % 100_000_000, 8)
    has = (people.died[there] == NOBODY) & (world.today - people.born[there] > 4400)
    return pl.select(pl.when(pl.Series(has)).then(phone).otherwise(pl.lit(""))).to_series()


_RELATION_CODES = {  # relation → code for a man, for a woman (for grandchildren: by a son, then by a daughter)
    "head": ("02", "02"), "spouse": ("10", "10"), "child": ("20", "30"), "in-law": ("28", "38"),
    "grandchild": ("41", "42"), "grandchild by a daughter": ("43", "44"),
}  # fmt: skip


def _relations(people: People) -> pl.Series:
    """GB/T 4761. Where the head of a couple is not active and the other is, the other is the head."""
    there, active = people.exists, people.status == clans.ACTIVE
    relation = people.relation.copy()
    paired = (people.partner != NOBODY) & ~people.divorced & (relation <= 1)
    other_active = Kin(people).of(active, people.partner)
    led = ~Kin(people).of(active, people.household)
    relation = np.where(paired & (people.relation == 0) & ~active & other_active, 1, relation)
    relation = np.where(paired & (people.relation == 1) & active & led, 0, relation)
    relation = np.where((relation == 4) & people.through_woman, 5, relation)
    table = pl.Series([code for pair in _RELATION_CODES.values() for code in pair])
    return table.gather((relation * 2 + people.sex - 1)[there])


def _marital(world: World, people: People) -> pl.Series:
    """As on the day of death for the dead."""
    there = people.exists
    partner_died = Kin(people).of(people.died, people.partner)
    before = (partner_died != NOBODY) & ((people.died == NOBODY) | (people.died > partner_died))
    again = world.draws.chance("second marriage", people.index, clans.SECOND_MARRIAGE)
    value = np.where(again, 2, 1)
    value = np.where(before, 3, value)
    value = np.where(people.divorced, 4, value)
    return MARITAL.gather(np.where(people.partner == NOBODY, 0, value)[there])


def _education(world: World, people: People) -> pl.Series:
    there = people.exists
    born, index = people.born[there], people.index[there]
    end = np.where(people.died[there] == NOBODY, world.today, people.died[there])
    age = (end - born) // 365
    grown = np.where(
        calendar()[2][born] < 1985,
        world.draws.pick("school", index, _SCHOOL),
        world.draws.pick("school", index, _SCHOOL_LATER),
    )
    value = np.where(age < 22, np.minimum(grown, 5), grown)
    value = np.where(age < 18, 2, value)
    value = np.where(age < 15, 1, value)
    return EDUCATION.gather(np.where(age < 12, 0, value))


def _updated(world: World, people: People) -> Whole:
    """A day after the last thing that happened to the person, at most twelve years back."""
    there = people.exists
    happened = np.maximum(np.maximum(people.born, people.last_birth), people.died)[there]
    low = np.where(people.died[there] != NOBODY, happened, np.maximum(happened, world.today - 4380))
    high = np.where(people.died[there] != NOBODY, np.minimum(happened + 60, world.today), world.today)
    return low + world.draws.whole("updated", people.index[there], high - low + 1)
