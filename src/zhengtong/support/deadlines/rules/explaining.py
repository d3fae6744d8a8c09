"""Why a limit ends when it does: each day, counted or not, and the reason."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date

from .calendar import Calendar
from .counting import Ledger, Unit, days_between, is_paused


class Why(enum.StrEnum):
    START = "start"  # the day of the act itself
    WORKING_DAY = "working_day"
    MAKE_UP_DAY = "make_up_day"  # a weekend day worked in exchange
    NATURAL_DAY = "natural_day"
    HOLIDAY = "holiday"
    WEEKEND = "weekend"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day. `number` is its place in the count, 0 if it is not counted; `name` the holiday's."""

    day: date
    number: int
    why: Why
    name: str = ""
    provisional: bool = False

    @property
    def is_counted(self) -> bool:
        return self.number > 0


def explain_days(ledger: Ledger, calendar: Calendar, upto: date) -> list[CountedDay]:
    """Each day from the start to `upto`, both included."""
    days, number = [], 0
    for day in days_between(ledger.start, upto):
        why, name = _reason(ledger, calendar, day)
        counted = why in (Why.WORKING_DAY, Why.MAKE_UP_DAY, Why.NATURAL_DAY)
        number += counted
        days.append(CountedDay(day, number if counted else 0, why, name, calendar.is_provisional(day)))
    return days


def _reason(ledger: Ledger, calendar: Calendar, day: date) -> tuple[Why, str]:
    special = calendar.special.get(day)
    name = special.name if special else ""
    if day == ledger.start:
        return Why.START, name
    if is_paused(ledger, day):
        return Why.SUSPENDED, name
    if ledger.unit is Unit.NATURAL:
        return Why.NATURAL_DAY, name
    if not calendar.is_working_day(day):
        return (Why.HOLIDAY, name) if special else (Why.WEEKEND, "")
    return (Why.MAKE_UP_DAY, name) if special else (Why.WORKING_DAY, "")
