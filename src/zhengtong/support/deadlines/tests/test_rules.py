"""The ten dated examples, the working days of every year, and what must hold for any ledger."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel.clock import CHINA
from zhengtong.support.deadlines import rules
from zhengtong.support.deadlines.rules import Lamp, Ledger, Pause, SpecialDay, Unit
from zhengtong.support.deadlines.rules.calendar import Calendar, CalendarFault, digest, read
from zhengtong.support.deadlines.rules.explaining import Why

CALENDAR = read()
DAY = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2024-09-27", 20, "2024-10-30"),
        ("2024-09-30", 5, "2024-10-12"),  # a Saturday worked in exchange
        ("2025-01-20", 20, "2025-02-21"),
        ("2025-09-26", 5, "2025-10-10"),
        ("2026-02-10", 20, "2026-03-16"),
        ("2024-02-08", 5, "2024-02-21"),
        ("2024-12-31", 1, "2025-01-02"),
        ("2023-09-28", 10, "2023-10-18"),
        ("2020-01-22", 20, "2020-02-27"),
        ("2015-08-31", 5, "2015-09-08"),
    ],
)
def test_dated_examples(start, days, due):
    assert rules.add_working_days(day(start), days, CALENDAR) == day(due)
    assert rules.due_date(Ledger(day(start), Unit.WORKING, days), CALENDAR) == day(due)


with (Path(__file__).parent / "working_days_per_year.csv").open() as _file:
    YEARS = [(int(r["year"]), int(r["working_days"]), int(r["makeup_workdays"])) for r in csv.DictReader(_file)]


@pytest.mark.parametrize(("year", "working_days", "make_up_days"), YEARS)
def test_working_days_of_every_year(year, working_days, make_up_days):
    assert CALENDAR.count(date(year - 1, 12, 31), date(year, 12, 31)) == working_days
    worked = [d for d in CALENDAR.special.values() if d.day.year == year and not d.is_off and d.day.weekday() >= 5]
    assert len(worked) == make_up_days


def test_beyond_the_announced_years_days_are_provisional_and_count_monday_to_friday():
    assert not CALENDAR.is_provisional(date(2026, 12, 31))
    assert CALENDAR.is_provisional(date(2027, 1, 1))
    assert CALENDAR.is_provisional(date(2006, 12, 29))
    assert CALENDAR.is_working_day(date(2027, 10, 1))  # a Friday; nobody has announced it yet
    assert rules.add_working_days(date(2026, 12, 31), 20, CALENDAR) == date(2027, 1, 28)


@pytest.mark.parametrize(
    ("moment", "starts"),
    [
        ("2024-09-26 09:00", "2024-09-26"),
        ("2024-09-26 06:00", "2024-09-26"),  # before opening: the same day
        ("2024-09-26 17:29", "2024-09-26"),
        ("2024-09-26 17:30", "2024-09-27"),
        ("2024-09-28 10:00", "2024-09-29"),  # Saturday; Sunday is worked in exchange
        ("2024-09-30 20:00", "2024-10-08"),
        ("2024-10-03 12:00", "2024-10-08"),
    ],
)
def test_an_application_outside_office_hours_counts_on_the_next_working_day(moment, starts):
    at = datetime.fromisoformat(moment).replace(tzinfo=CHINA)
    assert rules.start_date(at, CALENDAR, closes=time(17, 30)) == day(starts)
    assert rules.start_date(at, CALENDAR) == at.date()


def test_suspended_days_do_not_count_and_the_day_of_resumption_does():
    # day 1 is Tuesday 2nd; suspended on Thursday 4th (not counted), resumed on Tuesday 9th (counted)
    ledger = Ledger(day("2025-09-01"), Unit.WORKING, 5, pauses=(Pause(day("2025-09-04"), day("2025-09-09")),))
    assert rules.used_days(ledger, CALENDAR, day("2025-09-03")) == 2
    assert rules.used_days(ledger, CALENDAR, day("2025-09-08")) == 2
    assert rules.used_days(ledger, CALENDAR, day("2025-09-09")) == 3
    assert rules.due_date(ledger, CALENDAR) == day("2025-09-11")


def test_a_suspension_opened_and_closed_on_one_day_changes_nothing():
    plain = Ledger(day("2025-09-01"), Unit.WORKING, 5)
    paused = Ledger(day("2025-09-01"), Unit.WORKING, 5, pauses=(Pause(day("2025-09-03"), day("2025-09-03")),))
    assert rules.due_date(plain, CALENDAR) == rules.due_date(paused, CALENDAR)


def test_an_open_suspension_has_no_due_date_unless_its_end_was_announced():
    since = day("2025-09-04")
    assert rules.due_date(Ledger(day("2025-09-01"), Unit.WORKING, 5, pauses=(Pause(since),)), CALENDAR) is None
    planned = Pause(since, None, rules.planned_end(since, 3, CALENDAR))
    assert planned.planned_until == day("2025-09-09")
    ledger = Ledger(day("2025-09-01"), Unit.WORKING, 5, pauses=(planned,))
    assert rules.due_date(ledger, CALENDAR) == day("2025-09-11")
    assert rules.due_date(ledger, CALENDAR, today=day("2025-09-09")) == day("2025-09-12")  # it lasts longer


def test_a_suspension_after_the_due_day_does_not_heal_an_overdue_clock():
    ledger = Ledger(day("2025-09-01"), Unit.WORKING, 5, pauses=(Pause(day("2025-09-20")),))
    assert rules.due_date(ledger, CALENDAR) == day("2025-09-08")


def test_natural_days_end_on_a_working_day():
    assert rules.due_date(Ledger(day("2025-09-24"), Unit.NATURAL, 10), CALENDAR) == day("2025-10-09")
    assert rules.due_date(Ledger(day("2025-09-01"), Unit.NATURAL, 10), CALENDAR) == day("2025-09-11")


@pytest.mark.parametrize(
    ("left", "total", "on", "lamp"),
    [(5, 20, "2025-09-10", Lamp.GREEN), (4, 20, "2025-09-10", Lamp.YELLOW), (0, 20, "2025-09-30", Lamp.YELLOW),
     (0, 20, "2025-10-01", Lamp.RED), (2, 5, "2025-09-10", Lamp.GREEN), (1, 3, "2025-09-10", Lamp.YELLOW)],
)  # fmt: skip
def test_lamps(left, total, on, lamp):
    clock = {"due": day("2025-09-30"), "left": left, "total": total, "on": day(on)}
    assert rules.lamp(**clock, state="running") is lamp
    assert rules.lamp(**clock, state="suspended") is (Lamp.RED if lamp is Lamp.RED else Lamp.GREY)
    stopped = rules.lamp(**clock, state="stopped")
    assert stopped is (Lamp.RED if lamp is Lamp.RED else Lamp.GREEN)


def test_explain_says_why_each_day_counts_or_not():
    ledger = Ledger(day("2024-09-27"), Unit.WORKING, 7, pauses=(Pause(day("2024-10-09"), day("2024-10-10")),))
    days = rules.explain_days(ledger, CALENDAR, day("2024-10-14"))
    told = [(d.day.isoformat()[5:], d.number, d.why) for d in days]
    assert told[:5] == [
        ("09-27", 0, Why.START), ("09-28", 0, Why.WEEKEND), ("09-29", 1, Why.MAKE_UP_DAY),
        ("09-30", 2, Why.WORKING_DAY), ("10-01", 0, Why.HOLIDAY),
    ]  # fmt: skip
    assert told[-6:] == [
        ("10-09", 0, Why.SUSPENDED), ("10-10", 4, Why.WORKING_DAY), ("10-11", 5, Why.WORKING_DAY),
        ("10-12", 6, Why.MAKE_UP_DAY), ("10-13", 0, Why.WEEKEND), ("10-14", 7, Why.WORKING_DAY),
    ]  # fmt: skip
    assert days[4].name == "国庆节"


# -- what must hold for any ledger -----------------------------------------
starts = st.dates(date(2008, 1, 1), date(2026, 6, 30))
units = st.sampled_from(Unit)


@st.composite
def ledgers(draw):
    start, cursor, pauses = draw(starts), None, []
    cursor = start
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 25)), max_size=4)):
        pauses.append(Pause(cursor + DAY * gap, cursor + DAY * (gap + length)))
        cursor = pauses[-1].until
    extended = draw(st.integers(0, 15))
    return Ledger(start, draw(units), draw(st.integers(1, 60)), extended, tuple(pauses))


@given(ledgers())
def test_due_date_is_where_the_explanation_counts_the_last_day(ledger):
    due = rules.due_date(ledger, CALENDAR)
    days = rules.explain_days(ledger, CALENDAR, due)
    counted = [d.number for d in days if d.is_counted]
    assert counted == list(range(1, len(counted) + 1))
    assert rules.used_days(ledger, CALENDAR, due) == len(counted)
    if ledger.unit is Unit.WORKING:
        assert counted[-1] == rules.total_days(ledger)
        assert days[-1].is_counted
    else:
        assert len(counted) >= rules.total_days(ledger)


@given(ledgers(), st.integers(0, 90))
def test_used_days_are_those_explained_on_every_day(ledger, offset):
    on = ledger.start + DAY * offset
    explained = sum(d.is_counted for d in rules.explain_days(ledger, CALENDAR, on))
    assert rules.used_days(ledger, CALENDAR, on) == explained


@given(ledgers())
def test_suspension_never_shortens(ledger):
    without = Ledger(ledger.start, ledger.unit, ledger.days, ledger.extended)
    assert rules.due_date(ledger, CALENDAR) >= rules.due_date(without, CALENDAR)


@given(ledgers(), st.integers(1, 10))
def test_extension_lengthens(ledger, days):
    longer = Ledger(ledger.start, ledger.unit, ledger.days, ledger.extended + days, ledger.pauses)
    shorter, later = rules.due_date(ledger, CALENDAR), rules.due_date(longer, CALENDAR)
    assert later > shorter if ledger.unit is Unit.WORKING else later >= shorter


@given(starts, st.integers(1, 60), st.integers(0, 60))
def test_a_later_start_is_never_due_earlier(start, days, later):
    assert CALENDAR.add(start + DAY * later, days) >= CALENDAR.add(start, days)


@given(starts, st.integers(0, 200), st.integers(0, 200))
def test_counts_add_up_and_reverse_the_addition(start, days, more):
    end = CALENDAR.add(start, days)
    assert CALENDAR.count(start, end) == days
    later = end + DAY * more
    assert CALENDAR.count(start, later) == days + CALENDAR.count(end, later)


def test_a_day_outside_the_calendar_is_refused():
    with pytest.raises(ValueError, match="outside the calendar"):
        CALENDAR.add(date(2150, 1, 1), 1)


def test_the_digest_names_the_contents():
    days = list(CALENDAR.special.values())
    assert digest(reversed(days), CALENDAR.papers) == CALENDAR.version
    changed = [*days, SpecialDay(date(2026, 12, 25), "试", True)]
    assert Calendar(changed, CALENDAR.papers, digest(changed, CALENDAR.papers)).version != CALENDAR.version


@pytest.mark.parametrize(
    ("line", "told"),
    [("2026-13-01,春节,1", "line 2"), ("2026-01-01,春节,yes", "is_off_day"), ("2026-01-01", "line 2")],
)
def test_a_faulty_file_names_the_line(tmp_path, line, told):
    (tmp_path / "holidays.csv").write_text(f"date,holiday,is_off_day\n{line}\n")
    (tmp_path / "papers.csv").write_text("year,gov_notice_url\n2026,http://example.invalid\n")
    with pytest.raises(CalendarFault, match=told):
        read(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CalendarFault, match=r"holidays\.csv"):
        read(tmp_path)
