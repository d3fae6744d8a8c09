"""Counting days of a time limit. Sources: 行政许可法 art. 45 and 82, 民法典 art. 200 to 204."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from zhengtong.kernel.clock import CHINA

from .calendar import Calendar

DAY = timedelta(days=1)


class Kind(enum.StrEnum):
    """Which limit a clock measures."""

    STATUTORY = "statutory"  # 法定办结时限
    PROMISED = "promised"  # 承诺办结时限
    REVIEW = "review"  # 一个部门的审查时限
    ACCEPTANCE = "acceptance"  # 受理时限: starts with the applicant's own act
    DELIVERY = "delivery"  # 送达时限
    SUPPLEMENT = "supplement"  # 补正时限: the applicant's own


class Unit(enum.StrEnum):
    WORKING = "working"
    NATURAL = "natural"


class Lamp(enum.StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"  # suspended


@dataclass(frozen=True, slots=True)
class Pause:
    """A suspension: the days from `since` on are not counted; `until` is counted again. `until` None: still open.

    `planned_until` is the day on which an open suspension is expected to end, if the applicant was told one.
    """

    since: date
    until: date | None = None
    planned_until: date | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that a due date is derived from. `start` is not counted; `pauses` are in order and do not overlap."""

    start: date
    unit: Unit
    days: int
    extended: int = 0
    pauses: tuple[Pause, ...] = ()


def add_working_days(start: date, days: int, calendar: Calendar) -> date:
    """The day on which a limit of `days` working days ends; the start day is not counted."""
    return calendar.add(start, days)


def start_date(at: datetime, calendar: Calendar, *, closes: time | None = None) -> date:
    """The day from which a limit runs (itself not counted).

    With `closes` the act was done on-line by the applicant: on a day off, or after the office has closed, it counts
    as done on the next working day. Without it the day of the act itself is taken.
    """
    local = at.astimezone(CHINA)
    if closes is None:
        return local.date()
    if local.time() >= closes:
        return calendar.add(local.date(), 1)
    return calendar.same_or_next(local.date())


def total_days(ledger: Ledger) -> int:
    return ledger.days + ledger.extended


def planned_end(since: date, days: int, calendar: Calendar) -> date:
    """The first day counted again after a suspension from `since` that takes `days` working days."""
    return calendar.add(since - DAY, days + 1)


def is_paused(ledger: Ledger, day: date) -> bool:
    """Whether the limit stood still at the close of the day."""
    return any(p.since <= day and (p.until is None or day < p.until) for p in ledger.pauses)


def due_date(ledger: Ledger, calendar: Calendar, *, today: date | None = None) -> date | None:
    """The day at whose close the limit ends, or None while a suspension without a planned end is open.

    An open suspension is taken to last until its planned end, but at least until the day after `today`.
    """
    left, cursor = total_days(ledger), ledger.start
    for pause in ledger.pauses:
        counted = _count(ledger, calendar, cursor, pause.since - DAY)
        if counted >= left:
            break
        until = pause.until or _expected(pause, today)
        if until is None:
            return None
        left, cursor = left - counted, max(cursor, until - DAY)
    return _add(ledger, calendar, cursor, left)


def used_days(ledger: Ledger, calendar: Calendar, on: date) -> int:
    """The days counted by the close of `on`."""
    used, cursor = 0, ledger.start
    for pause in ledger.pauses:
        if pause.since > on:
            break
        used += _count(ledger, calendar, cursor, pause.since - DAY)
        if pause.until is None or pause.until > on:
            return used
        cursor = max(cursor, pause.until - DAY)
    return used + _count(ledger, calendar, cursor, on)


def warning_days(total: int) -> int:
    """With how many days left the lamp turns yellow: a fifth of the limit, at least one day."""
    return max(1, total // 5)


def lamp(*, due: date | None, left: int, total: int, on: date, state: str) -> Lamp:
    """Red once the due day is past; grey while suspended; yellow within the warning; else green.

    `state`: running | suspended | stopped. A stopped clock is red if it was stopped late, else green;
    `on` is then the day on which it was stopped. A suspension that came too late hides nothing: red stays red.
    """
    if due and on > due:
        return Lamp.RED
    if state == "suspended":
        return Lamp.GREY
    return Lamp.YELLOW if state == "running" and left <= warning_days(total) else Lamp.GREEN


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day from `first` to `last`, both included."""
    return (first + DAY * n for n in range((last - first).days + 1))


def _expected(pause: Pause, today: date | None) -> date | None:
    if pause.planned_until is None or today is None:
        return pause.planned_until
    return max(pause.planned_until, today + DAY)


def _count(ledger: Ledger, calendar: Calendar, after: date, upto: date) -> int:
    if ledger.unit is Unit.WORKING:
        return calendar.count(after, upto)
    return max(0, (upto - after).days)


def _add(ledger: Ledger, calendar: Calendar, start: date, days: int) -> date:
    """A limit in natural days that ends on a day off ends on the next working day (民法典 art. 203)."""
    if ledger.unit is Unit.WORKING:
        return calendar.add(start, days)
    return calendar.same_or_next(start + DAY * days)
