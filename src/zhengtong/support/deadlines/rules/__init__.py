"""Pure functions of the room: the calendar as a value, and counting on it."""

from .calendar import Calendar, CalendarFault, SpecialDay
from .counting import (
    Kind,
    Lamp,
    Ledger,
    Pause,
    Unit,
    add_working_days,
    due_date,
    is_paused,
    lamp,
    planned_end,
    start_date,
    total_days,
    used_days,
    warning_days,
)
from .explaining import CountedDay, Why, explain_days
from .words import KINDS, LAMPS, REASONS

__all__ = [
    "KINDS",
    "LAMPS",
    "REASONS",
    "Calendar",
    "CalendarFault",
    "CountedDay",
    "Kind",
    "Lamp",
    "Ledger",
    "Pause",
    "SpecialDay",
    "Unit",
    "Why",
    "add_working_days",
    "due_date",
    "explain_days",
    "is_paused",
    "lamp",
    "planned_end",
    "start_date",
    "total_days",
    "used_days",
    "warning_days",
]
