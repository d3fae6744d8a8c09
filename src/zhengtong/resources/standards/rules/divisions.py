"""GB/T 2260: editions from the lists that were published, and what a code's successor most likely is.

The history says only in which lists a code stood under which name. An edition therefore begins on the last day of its
list's month and holds until the next list; what really changed some time between two lists changes here with the later.
"""

from __future__ import annotations

import calendar
import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from .tables import Change, Edition, Row

HISTORY = "lists of the Ministry of Civil Affairs, 1980 to 2019"
PRESENT = "National Bureau of Statistics, edition of 2023-06-30, without its zones and groupings"
KNOWN = "decision of the State Council, from memory, not compared with its text"
PRESENT_DAY = date(2023, 6, 30)
_GROUPINGS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
_NOT_SURVEYED = ("71", "81", "82")  # Taiwan, Hong Kong, Macao: not in the statistics, so as they stood


def editions_of(history: str, present: str) -> tuple[Edition, ...]:
    """One edition for each list of the history (CSV code6, name, first_seen_yyyymm, last_seen_yyyymm), and 2023's."""
    entries = [
        (line["code6"], line["name"], line["first_seen_yyyymm"], line["last_seen_yyyymm"])
        for line in csv.DictReader(io.StringIO(history))
    ]
    entries.sort()
    lists = [
        Edition(
            f"{month[:4]}-{month[4:]}",
            _last_day(month),
            _rows({code: name for code, name, first, last in entries if first <= month <= last}),
            HISTORY,
        )
        for month in sorted({month for _code, _name, first, last in entries for month in (first, last)})
    ]
    return (*lists, _present(present, lists[-1]))


def _present(text: str, before: Edition) -> Edition:
    """The statistics' list without what GB/T 2260 does not hold: zones (county digits 71 to 79), groupings, doubles."""
    names: dict[str, str] = {}
    for line in csv.DictReader(io.StringIO(text)):
        code, name = line["code12"][:6], line["name"]
        is_double = code in names or (code[4:] != "00" and names.get(f"{code[:4]}00") == name)
        if name not in _GROUPINGS and not "71" <= code[4:] <= "79" and not is_double:
            names[code] = name
    names |= {row.code: row.name for row in before.rows if row.code.startswith(_NOT_SURVEYED)}
    return Edition("2023-06", PRESENT_DAY, _rows(dict(sorted(names.items()))), PRESENT)


def _rows(names: Mapping[str, str]) -> tuple[Row, ...]:
    """Of a list in the order of its codes. A county governed directly has no prefecture: the province is above it."""
    return tuple([_row(code, name, _parent(code, names)) for code, name in names.items()])


@cache
def _row(code: str, name: str, parent: str) -> Row:
    """Sixty lists repeat most rows: each is made once."""
    return Row(code, name, "", parent, 1 if code.endswith("0000") else 2 if code.endswith("00") else 3)


def _parent(code: str, names: Mapping[str, str]) -> str:
    prefecture = code[:4] + "00"
    if code != prefecture and prefecture in names:
        return prefecture
    province = code[:2] + "0000"
    return province if code != province and province in names else ""


def _last_day(month: str) -> date:
    year, number = int(month[:4]), int(month[4:])
    return date(year, number, calendar.monthrange(year, number)[1])


def read_changes(text: str, editions: Iterable[Edition]) -> list[Change]:
    """Successions that no rule on names finds: CSV from_code, to_code, kind, from_name, to_name, list.

    `list` is the edition from which the change counts; the names are there for whoever reads the file, and tested.
    """
    starts = {one.version: one.starts for one in editions}
    return [
        Change(line["from_code"], line["to_code"], starts[line["list"]], line["kind"], KNOWN, is_inferred=True)
        for line in csv.DictReader(io.StringIO(text))
    ]


def by_code(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.code: row for row in rows}


def grouped(changes: Iterable[Change]) -> dict[tuple[str, date], list[Change]]:
    """Changes by old code and day."""
    found: dict[tuple[str, date], list[Change]] = defaultdict(list)
    for change in changes:
        found[change.from_code, change.on_day].append(change)
    return found
