"""Who is called what: surnames by the father, given names by cohort, the ways of five peoples; sex, people and
former name beside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth.clans import CLAN, FEMALE, MALE, NOBODY, People
from zhengtong.resources.registers.synth.draws import Draws, Whole
from zhengtong.resources.registers.synth.names import (
    COHORT_STARTS,
    HAN,
    PATRONYMIC,
    TIBETAN,
    YI,
    Names,
    tables,
)
from zhengtong.resources.registers.synth.world import World, calendar

FORMER_NAME = 30_000  # of a million
SAME_PEOPLE = 850_000  # of a million couples, before chance makes them so
ROLES = {MALE: "1", FEMALE: "2"}


@dataclass(frozen=True, slots=True)
class _Named:
    people: Whole  # GB/T 3304 as a number
    family: Whole  # part that a child has from the father
    given: Whole


def names(world: World, people: People) -> dict[str, pl.Series]:
    """The columns name, name_pinyin, former_name, sex, ethnic of those who exist."""
    table, there = tables(), people.exists
    ethnic, family = _inherited(world.draws, table, people)
    given = _given(world.draws, table, people, ethnic, "given")
    first, second = (part[there] for part in _ordered(world.draws, table, people, _Named(ethnic, family, given)))
    return {
        "name": table.texts.gather(first) + table.texts.gather(second),
        "name_pinyin": table.pinyin.gather(first) + " " + table.pinyin.gather(second),
        "former_name": _former(world, table, people, _Named(ethnic[there], first, second)),
        "sex": pl.Series(people.sex[there]).cast(pl.String),
        "ethnic": pl.Series(ethnic[there]).cast(pl.String).str.zfill(2),
    }


def _inherited(draws: Draws, table: Names, people: People) -> tuple[Whole, Whole]:
    """People and family part, slot by slot: of the father; of the partner mostly the people; else drawn."""
    ethnic, family = np.zeros(people.sex.shape, dtype=np.int64), np.zeros(people.sex.shape, dtype=np.int64)
    rows = np.arange(len(people.clan))
    same = draws.chance("same people", people.index, SAME_PEOPLE)
    drawn = table.peoples.draw(draws, "people", people.index)
    surname = table.surnames.draw(draws, "surname", people.index)
    clan_name = table.others[YI]["clan"].draw(draws, "clan name", people.index)
    for slot in range(CLAN):
        father, partner = people.father[:, slot], people.partner[:, slot]
        follows = (partner != NOBODY) & (partner < slot) & same[:, slot]
        ethnic[:, slot] = np.where(follows, ethnic[rows, partner], drawn[:, slot])
        ethnic[:, slot] = np.where(father != NOBODY, ethnic[rows, father], ethnic[:, slot])
        own = np.where(ethnic[:, slot] == YI, clan_name[:, slot], surname[:, slot])
        family[:, slot] = np.where(father != NOBODY, family[rows, father], own)
    return ethnic, family


def _given(draws: Draws, table: Names, people: People, ethnic: Whole, name: str) -> Whole:
    year = calendar()[2][people.born]
    cohort = np.searchsorted(np.array(COHORT_STARTS), year, side="right")
    found = np.zeros(people.sex.shape, dtype=np.int64)
    for sex in (MALE, FEMALE):
        for number, listed in enumerate(table.given[sex]):
            mask = (people.sex == sex) & (cohort == number)
            found[mask] = listed.draw(draws, name, people.index[mask])
        for code, roles in table.others.items():
            mask = (people.sex == sex) & (ethnic == code)
            found[mask] = roles[ROLES[sex]].draw(draws, name, people.index[mask])
    return found


def _ordered(draws: Draws, table: Names, people: People, named: _Named) -> tuple[Whole, Whole]:
    """First and second part: surname and given name; two given names (Tibetans); own name · father's name."""
    first, second = named.family.copy(), named.given.copy()
    tibetan = named.people == TIBETAN
    for sex in (MALE, FEMALE):
        mask = tibetan & (people.sex == sex)
        first[mask] = table.others[TIBETAN][ROLES[sex]].draw(draws, "first part", people.index[mask])
    for code in PATRONYMIC:
        mask = named.people == code
        first[mask] = table.dotted[named.given[mask]]
        second[mask] = table.others[code]["1"].draw(draws, "father's name", people.index[mask])
        of_father = mask & (people.father != NOBODY)
        row, slot = np.nonzero(of_father)
        second[row, slot] = named.given[row, people.father[row, slot]]
    return first, second


def _former(world: World, table: Names, people: People, parts: _Named) -> pl.Series:
    """Of some grown-up Han another given name under the same surname; else empty. `parts.family`, `given`: the two
    parts.
    """
    there = people.exists
    index, age = people.index[there], world.today - people.born[there]
    other = table.given[MALE][0].draw(world.draws, "former", index)
    women = table.given[FEMALE][0].draw(world.draws, "former", index)
    other = np.where(people.sex[there] == MALE, other, women)
    changed = world.draws.chance("changed name", index, FORMER_NAME) & (age > 6600) & (parts.people == HAN)
    changed &= other != parts.given
    text = table.texts.gather(parts.family) + table.texts.gather(other)
    return pl.select(pl.when(pl.Series(changed)).then(text).otherwise(pl.lit(""))).to_series()
