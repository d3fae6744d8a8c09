"""What a division's code most likely became, from nothing but two lists of names.

The rule, for every code that the later list lacks (or gives to another place):
1. a code new in the later list, at the same level, with the very same name; else
2. one whose name has the same stem (大兴县 → 大兴区, 广安地区 → 广安市), of two characters at least; or, from a county
   of one character, the same with 州 (通县 → 通州区);
looked for first below the same prefecture, then below what that prefecture became, then in the whole province (not for
names that every city has: 城区, 郊区 …). Where one step holds several, nothing is concluded.
3. A prefecture (地区, 盟) without a new code that fits went up in the city of the same stem beside it (地市合并).

Everything found so is
marked inferred. Territory that changed hands without a code ending leaves no trace in the lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from .divisions import by_code, grouped
from .tables import Change, Edition, Row

RULE = "inferred from the names in two lists that follow each other"
_PROVINCES_CUT = {"51": "50", "44": "46"}  # 重庆 1997 out of 四川, 海南 1988 out of 广东
_GENERIC = re.compile(r"(?:市|新|旧|老|城|近|东|西|南|北|中|城东|城西|城南|城北|市中|市郊|城关|郊)(?:郊|城|市)?区")
_ENDING = re.compile(r"(自治州|自治县|自治旗|自治区|地区|林区|矿区|特区|行政区|新区|市|县|区|州|盟|旗)$")


def stem(name: str, peoples: Sequence[str] = ()) -> str:
    """The name without its kind and without the peoples of an autonomous place: 恩施土家族苗族自治州 → 恩施."""
    bare = _ENDING.sub("", name)
    while any(bare.endswith(people) and len(bare) > len(people) for people in peoples):
        bare = next(bare[: -len(one)] for one in peoples if bare.endswith(one))
    return bare


def infer(editions: Iterable[Edition], known: Iterable[Change], peoples: Sequence[str]) -> list[Change]:
    """`known` changes and, where they say nothing, what the names suggest."""
    lists = sorted(editions, key=lambda one: one.starts)
    changes = list(known)
    settled = grouped(changes)
    for before, after in pairwise(lists):
        found = _between(by_code(before.rows), by_code(after.rows), after.starts, peoples)
        changes += [change for change in found if (change.from_code, change.on_day) not in settled]
    return changes


def _between(old: Mapping[str, Row], new: Mapping[str, Row], on: date, peoples: Sequence[str]) -> list[Change]:
    fresh = _Fresh(old, new, peoples)
    gone = sorted((row for row in old.values() if row.code not in new), key=lambda row: (row.level, row.code))
    reused = [row for row in old.values() if row.code in new and fresh.moved_away(row)]
    prefectures: dict[str, str] = {}
    found: list[Change] = []
    for row in [*gone, *reused]:
        fresh.claim(row)
    for row in [*gone, *reused]:
        if successor := fresh.successor(row, prefectures):
            found.append(Change(row.code, successor.code, on, _kind(row, successor), RULE, is_inferred=True))
            prefectures[row.code[:4]] = successor.code[:4] if row.level == 2 else prefectures.get(row.code[:4], "")
    return list(_merged(found))


def _kind(old: Row, new: Row) -> str:
    return "recoded" if old.name == new.name else "renamed"


def _merged(changes: Sequence[Change]) -> Iterator[Change]:
    """Several codes that end in one were merged."""
    ends = [change.to_code for change in changes]
    for change in changes:
        kind = "merged" if ends.count(change.to_code) > 1 else change.kind
        yield Change(change.from_code, change.to_code, change.on_day, kind, change.source, is_inferred=True)


class _Fresh:
    """The codes that are new in a list, and those whose name is another than before."""

    def __init__(self, old: Mapping[str, Row], new: Mapping[str, Row], peoples: Sequence[str]) -> None:
        self.old, self.new, self.peoples = old, new, peoples
        self.stems: dict[str, str] = {}
        self.claimed: set[str] = set()
        self.rows = [row for row in new.values() if row.code not in old or old[row.code].name != row.name]

    def claim(self, row: Row) -> None:
        """A place that goes on under its very name is no successor of another with a like name beside it."""
        same = [one for one in self.rows if one.name == row.name and one.level == row.level and one.code != row.code]
        if len(same) == 1:
            self.claimed.add(same[0].code)

    def moved_away(self, row: Row) -> bool:
        """The code goes on under an unlike name, and the old name stands at a new code below the same place."""
        follower = self.new[row.code]
        if row.name == follower.name or self._stem(row) == self._stem(follower):
            return False
        return any(one.name == row.name and one.code[:4] == row.code[:4] and one.code != row.code for one in self.rows)

    def successor(self, row: Row, prefectures: Mapping[str, str]) -> Row | None:
        for fits in (self._same_name, self._alike):
            for place in self._places(row, prefectures):
                found = [
                    one for one in self.rows if one.level == row.level and one.code.startswith(place)
                    and one.code != row.code and fits(row, one)
                ]  # fmt: skip
                if found:
                    return found[0] if len(found) == 1 else None
        return self._city_beside(row) if row.level == 2 and row.name.endswith(("地区", "盟")) else None

    def _city_beside(self, row: Row) -> Row | None:
        beside = [one for one in self.new.values() if one.level == 2 and one.code[:2] == row.code[:2]]
        found = [one for one in beside if one.code in self.old and self._alike(row, one)]
        return found[0] if len(found) == 1 else None

    def _places(self, row: Row, prefectures: Mapping[str, str]) -> Iterator[str]:
        if row.level == 3:
            yield row.code[:4]
            if follower := prefectures.get(row.code[:4]):
                yield follower
        if row.level == 2 or not _GENERIC.fullmatch(row.name):
            yield row.code[:2]
            if other := _PROVINCES_CUT.get(row.code[:2]):
                yield other

    def _same_name(self, row: Row, other: Row) -> bool:
        return row.name == other.name

    def _alike(self, row: Row, other: Row) -> bool:
        if other.code in self.claimed:
            return False
        bare, following = self._stem(row), self._stem(other)
        if len(bare) == 1:
            return row.name.endswith("县") and following == f"{bare}州"
        return bare == following and not _GENERIC.fullmatch(row.name)

    def _stem(self, row: Row) -> str:
        if row.name not in self.stems:
            self.stems[row.name] = stem(row.name, self.peoples)
        return self.stems[row.name]
