"""Counties of today with their towns, and the code each had in the year of a birth.

Sources: the Statistics Bureau's division codes of 2023 and the GB/T 2260 lists of 1980 to 2019, as
`security/directory` ships them. Which code a county had before is found by its name without 县, 区, 市: plausible,
not an official concordance.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zhengtong.resources.registers.synth.spec import SynthFault

HERE = Path(__file__).parent / "data"
LISTS = Path(__file__).parents[3] / "security" / "directory" / "data"  # read as data, imported from nowhere
FIRST_YEAR, LAST_YEAR = 1984, 2039  # numbers were first given in 1984: whoever was born before has a code of that year
CAME_FROM = {"46": "44", "50": "51"}  # Hainan was Guangdong's until 1988, Chongqing Sichuan's until 1997
_STILL, _LAST_LIST = 9999, 201904
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


@dataclass(frozen=True, slots=True)
class Span:
    """A code with its name and the years in which it was in force."""

    code: str
    name: str
    first: int
    last: int

    def holds(self, year: int) -> bool:
        return self.first <= year <= self.last


@dataclass(frozen=True, slots=True)
class County:
    """`where` is the full name from the province down; `codes` the code of each of YEARS; centre in millionths of
    a degree.
    """

    code: str
    name: str
    where: str
    towns: tuple[tuple[str, str], ...]
    codes: tuple[str, ...]
    longitude: int
    latitude: int


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def names() -> dict[str, str]:
    """Six-digit code → name, provinces and prefectures included, 2023."""
    return {row["code12"][:6]: row["name"] for row in rows(LISTS / "divisions_pca_2023.csv")}


@cache
def spans() -> dict[str, Span]:
    """Every county code there was since 1980, from its first list to its last under its last name. Zones that only the
    Statistics Bureau numbers (71 to 79) are none."""
    found: dict[str, Span] = {}
    for row in sorted(rows(LISTS / "gb2260_history_1980_2019.csv"), key=lambda row: row["last_seen_yyyymm"]):
        last, code = int(row["last_seen_yyyymm"]), row["code6"]
        end = _STILL if last == _LAST_LIST and code in names() else last // 100
        first = int(row["first_seen_yyyymm"]) // 100
        found[code] = Span(code, row["name"], min(first, found[code].first if code in found else first), end)
    for code, name in names().items():
        if code not in found and not "71" <= code[4:] <= "79":
            found[code] = Span(code, name, 2020, _STILL)
    return {code: span for code, span in found.items() if code[4:] != "00"}


@cache
def abolished(province: str = "") -> list[str]:
    """Codes that ended before 2019, of a province where it has any, else of the country."""
    gone = [code for code, span in sorted(spans().items()) if span.last < 2019]
    return [code for code in gone if code.startswith(province)] or gone


def stem(name: str) -> str:
    return name[:-1] if len(name) > 2 and name[-1] in "县区市" else name


@cache
def _by_stem() -> dict[tuple[str, str], list[Span]]:
    found: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in spans().values():
        found[span.code[:2], stem(span.name)].append(span)
        found["", stem(span.name)].append(span)
    return found


def _one(spans_: list[Span], year: int) -> str | None:
    held = sorted(span.code for span in spans_ if span.holds(year))
    return held[0] if len(held) == 1 else None


def _own_code(code: str, year: int) -> str | None:
    """The code this county, by its name, had in the year; None where no list tells."""
    if spans()[code].holds(year):
        return code
    name = stem(spans()[code].name)
    return _one(_by_stem()[code[:2], name], year) or _one(_by_stem()["", name], year)


def _code_in(code: str, year: int, siblings: list[str]) -> str:
    """As `_own_code`; a county younger than the year takes what a neighbour of its prefecture, else of its
    province, had.
    """
    own = _own_code(code, year)
    if own:
        return own
    for other in siblings:
        if found := _own_code(other, year):
            return found
    for province in (code[:2], CAME_FROM.get(code[:2], "")):
        if held := sorted(s.code for s in spans().values() if s.code[:2] == province and s.holds(year)):
            return held[0]
    return code


@cache
def _towns() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(LISTS / "divisions_town_2023.csv"):
        found[row["county6"]].append((row["code9"], row["name"]))
    return found


def _where(code: str) -> str:
    parts = [names().get(code[:2] + "0000", ""), names().get(code[:4] + "00", ""), names()[code]]
    return "".join(part for part in dict.fromkeys(parts) if part not in ("市辖区", "县"))


@cache
def counties(prefixes: tuple[str, ...]) -> tuple[County, ...]:
    """The counties under these prefixes that have towns, by code. Raises SynthFault where a prefix names none."""
    homes = [c for c in sorted(spans()) if spans()[c].last == _STILL and _towns().get(c)]
    for prefix in prefixes:
        if not prefix or not any(code.startswith(prefix) for code in homes):
            raise SynthFault(
                f"“{prefix}”之下没有县级行政区划。请填写区划代码的前2、4或6位，例如 51、5116、511602。",
                f"No county stands under “{prefix}”. Give the first 2, 4 or 6 digits of a code: 51, 5116, 511602.",
            )
    chosen = [code for code in homes if code.startswith(prefixes)]
    centres = {row["county"]: (row["longitude"], row["latitude"]) for row in rows(HERE / "centres.csv")}
    return tuple(_county(code, [c for c in homes if c[:4] == code[:4]], centres[code]) for code in chosen)


def _county(code: str, siblings: list[str], centre: tuple[str, str]) -> County:
    longitude, latitude = (round(float(value) * 1_000_000) for value in centre)
    codes = tuple(_code_in(code, year, siblings) for year in YEARS)
    return County(code, names()[code], _where(code), tuple(_towns()[code]), codes, longitude, latitude)


def lineages(homes: tuple[County, ...]) -> list[list[int]]:
    """Positions of counties, those that ever shared a code together: what one lineage holds, no other does."""
    parent = list(range(len(homes)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    holder: dict[str, int] = {}
    for i, county in enumerate(homes):
        for code in county.codes:
            parent[root(i)] = root(holder.setdefault(code, i))
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(len(homes)):
        groups[root(i)].append(i)
    return list(groups.values())
