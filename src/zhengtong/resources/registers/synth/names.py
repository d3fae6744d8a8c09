"""Names by sex, cohort and people, with their pinyin: tables of parts from which every name is put together.

Shares of surnames follow published statistics, rounded; of given names and of peoples they are plausible, not measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth.divisions import HERE, rows
from zhengtong.resources.registers.synth.draws import Draws, Whole, running

COHORTS = ("old", "middle", "young")  # born up to 1964, 1965 to 1994, from 1995
COHORT_STARTS = (1965, 1995)
HAN, TIBETAN, UYGHUR, YI, KAZAKH = 1, 4, 5, 7, 17
PATRONYMIC = (UYGHUR, KAZAKH)  # own name · father's name
PEOPLES = {  # GB/T 3304 code → of 10,000; others than these bear names like the Han
    1: 9111, 8: 139, 5: 84, 3: 81, 6: 79, 11: 74, 7: 70, 15: 68, 4: 50, 2: 45, 9: 25, 12: 25, 13: 24,
    14: 15, 16: 12, 10: 12, 19: 11, 17: 11, 18: 10, 22: 6, 20: 5, 26: 5, 37: 5, 24: 4, 25: 4, 21: 3,
    27: 2, 33: 2, 30: 2, 32: 2, 23: 1, 34: 1, 38: 1, 35: 1, 28: 1, 31: 1, 29: 1, 36: 1, 39: 1,
}  # fmt: skip


@dataclass(slots=True)
class Parts:
    """Every part of a name once, with its pinyin; lists are positions in it."""

    texts: list[str] = field(default_factory=list)
    pinyin: list[str] = field(default_factory=list)

    def add(self, text: str, pinyin: str) -> int:
        self.texts.append(text)
        self.pinyin.append(pinyin)
        return len(self.texts) - 1


@dataclass(frozen=True, slots=True)
class Weighted:
    """A list to draw from: positions of parts, running sums of their weights."""

    parts: Whole
    sums: Whole

    def draw(self, draws: Draws, name: str, index: Whole) -> Whole:
        return self.parts[draws.pick(name, index, self.sums)]


@dataclass(frozen=True, slots=True)
class Names:
    """`given[sex][cohort]` and `others[people][role]` are lists; `dotted[part]` is the same part with ·, where
    there is one.
    """

    texts: pl.Series
    pinyin: pl.Series
    surnames: Weighted
    given: dict[int, list[Weighted]]
    others: dict[int, dict[str, Weighted]]
    dotted: Whole
    peoples: Weighted


@cache
def tables() -> Names:
    parts = Parts()
    surnames = _weighted(parts, [(r["surname"], r["pinyin"], int(r["weight"])) for r in rows(HERE / "surnames.csv")])
    given = _given(parts)
    others = _others(parts)
    dotted = _dotted(parts, others)
    peoples = Weighted(np.array(list(PEOPLES)), running(list(PEOPLES.values())))
    return Names(pl.Series(parts.texts), pl.Series(parts.pinyin), surnames, given, others, dotted, peoples)


def _weighted(parts: Parts, entries: list[tuple[str, str, int]]) -> Weighted:
    return Weighted(
        np.array([parts.add(text, pinyin) for text, pinyin, _ in entries]), running([e[2] for e in entries])
    )


def _given(parts: Parts) -> dict[int, list[Weighted]]:
    found: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for row in rows(HERE / "given_names.csv"):
        found.setdefault((row["sex"], row["cohort"]), []).append((row["given"], row["pinyin"], int(row["weight"])))
    return {int(sex): [_weighted(parts, found[sex, cohort]) for cohort in COHORTS] for sex in ("1", "2")}


def _others(parts: Parts) -> dict[int, dict[str, Weighted]]:
    found: dict[tuple[int, str], list[tuple[str, str, int]]] = {}
    for row in rows(HERE / "name_parts.csv"):
        found.setdefault((int(row["ethnic"]), row["role"]), []).append((row["part"], row["pinyin"], 1))
    lists: dict[int, dict[str, Weighted]] = {}
    for (people, role), entries in found.items():
        lists.setdefault(people, {})[role] = _weighted(parts, entries)
    return lists


def _dotted(parts: Parts, others: dict[int, dict[str, Weighted]]) -> Whole:
    pairs = {
        int(part): parts.add(parts.texts[part] + "·", parts.pinyin[part])
        for people in PATRONYMIC
        for some in others[people].values()
        for part in some.parts
    }
    return np.array([pairs.get(part, part) for part in range(len(parts.texts))])


@cache
def confusable() -> dict[str, dict[str, str]]:
    """kind (homophone, lookalike) → character → the characters it is taken for."""
    found: dict[str, dict[str, str]] = {"homophone": {}, "lookalike": {}}
    for row in rows(HERE / "confusable.csv"):
        found[row["kind"]][row["character"]] = row["others"]
    return found
