"""The working-day calendar as a value: Monday to Friday, corrected by the State Council's yearly notices."""

from __future__ import annotations

import csv
import hashlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FIRST = date(1990, 1, 1)
LAST = date(2090, 12, 31)
SHIPPED = Path(__file__).parents[1] / "data"


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that departs from Monday to Friday: a day off, or a make-up working day."""

    day: date
    name: str
    is_off: bool


class CalendarFault(ValueError):
    """A calendar file that cannot be read. The message names the file and the line."""


class Calendar:
    """Which days are working days. Counting is by bisection: the cost does not grow with the number of days counted.

    `version` is the digest of the contents. A day outside the announced years follows Monday to Friday and is
    provisional (暂定).
    """

    def __init__(self, days: Iterable[SpecialDay], papers: Mapping[int, str], version: str = "") -> None:
        self.special = {special.day: special for special in days}
        self.papers = dict(papers)
        self.version = version
        self.first_year = min(papers, default=date.max.year)
        self.last_year = max(papers, default=date.min.year)
        every_day = range(FIRST.toordinal(), LAST.toordinal() + 1)
        self._ordinals = array("I", (n for n in every_day if self.is_working_day(date.fromordinal(n))))

    def is_working_day(self, day: date) -> bool:
        special = self.special.get(day)
        return not special.is_off if special else day.weekday() < 5

    def is_provisional(self, day: date) -> bool:
        """Whether no notice has been issued for the day's year."""
        return not self.first_year <= day.year <= self.last_year

    def count(self, after: date, upto: date) -> int:
        """The working days later than `after` and not later than `upto`; 0 if `upto` is the earlier one."""
        _check(after, upto)
        return max(0, bisect_right(self._ordinals, upto.toordinal()) - bisect_right(self._ordinals, after.toordinal()))

    def add(self, start: date, days: int) -> date:
        """The n-th working day after `start`, which is itself not counted. 0 gives `start`."""
        _check(start)
        if days <= 0:
            return start
        index = bisect_right(self._ordinals, start.toordinal()) + days - 1
        if index >= len(self._ordinals):
            raise ValueError(f"{days} working days after {start} lie beyond {LAST}")
        return date.fromordinal(self._ordinals[index])

    def same_or_next(self, day: date) -> date:
        """The day itself if it is a working day, else the next one."""
        return day if self.is_working_day(day) else self.add(day, 1)


def _check(*days: date) -> None:
    for day in days:
        if not FIRST <= day <= LAST:
            raise ValueError(f"{day} lies outside the calendar ({FIRST} to {LAST})")


def read(folder: Path = SHIPPED) -> Calendar:
    """The calendar of a folder with `holidays.csv` and `papers.csv` (see data/SOURCE.md). Raises CalendarFault."""
    days = [_special_day(folder / "holidays.csv", line, row) for line, row in _rows(folder / "holidays.csv")]
    papers = {int(row["year"]): row["gov_notice_url"] for _line, row in _rows(folder / "papers.csv")}
    return Calendar(days, papers, digest(days, papers))


def digest(days: Iterable[SpecialDay], papers: Mapping[int, str]) -> str:
    """Names the contents: two processes that hold the same days agree on it."""
    lines = sorted(f"{d.day},{d.name},{d.is_off:d}" for d in days) + sorted(f"{y},{u}" for y, u in papers.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from enumerate(csv.DictReader(file), start=2)
    except OSError as error:
        raise CalendarFault(f"{path}: {error.strerror}") from error


def _special_day(path: Path, line: int, row: dict[str, str]) -> SpecialDay:
    try:
        if row["is_off_day"] not in ("0", "1"):
            raise ValueError("is_off_day must be 0 or 1")
        return SpecialDay(date.fromisoformat(row["date"]), row["holiday"], row["is_off_day"] == "1")
    except (KeyError, TypeError, ValueError) as error:
        raise CalendarFault(f"{path.name}, line {line}: {error}") from error
