"""Clocks as rows: starting, suspending, extending, stopping, and another calendar."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from zhengtong.kernel.actors import Actor, Capacity, system_actor
from zhengtong.kernel.errors import Invalid, NotFound
from zhengtong.kernel.events.models import OutboxRow
from zhengtong.security.audit.models import Entry
from zhengtong.security.permissions.services import Denied
from zhengtong.support.deadlines import queries, services, tasks
from zhengtong.support.deadlines.models import Clock
from zhengtong.support.deadlines.rules import Lamp
from zhengtong.support.deadlines.services import ClockStart

from .factories import BASIS, moment, started, subject

pytestmark = pytest.mark.django_db
SEEDER = system_actor("seed")
REASON = {"zh": "专家评审", "en": "Expert review"}


def only(urn: str, at: str) -> queries.ClockView:
    return queries.clocks_of(urn, at=moment(at))[-1]


def calendar_folder(tmp_path, *lines: str, years=(2025, 2026)):
    (tmp_path / "holidays.csv").write_text("date,holiday,is_off_day\n" + "\n".join(lines) + "\n")
    (tmp_path / "papers.csv").write_text(
        "year,gov_notice_url\n" + "".join(f"{y},https://example.invalid/{y}\n" for y in years)
    )
    return tmp_path


def test_a_clock_is_shown_as_the_day_so_many_of_so_many():
    clock = started("2026-02-10", 20)
    seen = only(clock.subject_urn, "2026-02-13 16:00")
    assert (seen.due_date, seen.used, seen.total, seen.left) == (date(2026, 3, 16), 3, 20, 17)
    assert (seen.lamp, seen.state, seen.provisional) == (Lamp.GREEN, "running", False)
    assert seen.basis == BASIS


def test_lamps_turn_yellow_and_red():
    clock = started("2026-02-10", 20)
    assert only(clock.subject_urn, "2026-03-09").lamp is Lamp.GREEN
    assert only(clock.subject_urn, "2026-03-10").lamp is Lamp.YELLOW
    assert only(clock.subject_urn, "2026-03-16 23:59").lamp is Lamp.YELLOW
    overdue = only(clock.subject_urn, "2026-03-17 00:00")
    assert (overdue.lamp, overdue.left, overdue.is_overdue) == (Lamp.RED, -1, True)


def test_only_the_applicants_own_act_waits_for_office_hours():
    assert started("2024-09-28", 5, kind="acceptance").start_date == date(2024, 9, 29)
    assert started("2024-09-28", 5, kind="statutory").start_date == date(2024, 9, 28)


def test_office_hours_may_be_switched_off(settings):
    settings.ZT_OFFICE_CLOSES = ""
    assert started("2024-09-28", 5, kind="acceptance").start_date == date(2024, 9, 28)


def test_beyond_the_announced_years_a_clock_is_provisional_and_runs():
    clock = started("2026-12-25", 20)
    assert clock.provisional
    assert clock.due_date == date(2027, 1, 22)
    assert Clock.objects.get(uuid=clock.uuid).is_provisional


def test_several_clocks_start_with_one_insert(django_assert_num_queries):
    urn = subject()
    starts = [ClockStart(f"review:{n}", "review", 5 + n, basis=BASIS) for n in range(6)]
    with django_assert_num_queries(2):  # which calendar; the insert
        services.start_clocks(urn, starts, at=moment("2026-03-02"))
    assert [c.key for c in queries.clocks_of(urn, at=moment("2026-03-03"))] == [s.key for s in starts]


def test_the_clocks_of_many_subjects_take_one_query(django_assert_num_queries):
    urns = [started("2026-03-02").subject_urn for _ in range(12)]
    for urn in urns[:5]:
        services.suspend(urn, reason=REASON, at=moment("2026-03-04"))
    with django_assert_num_queries(1):
        found = queries.clocks_for([*urns, "urn:unknown"], at=moment("2026-03-05"))
    assert [found[urn][0].state for urn in urns[4:6]] == ["suspended", "running"]
    assert found["urn:unknown"] == []
    with django_assert_num_queries(1):
        queries.clocks_for(urns[5:], at=moment("2026-03-05"))


def test_a_key_runs_once_at_a_time_and_may_start_again():
    clock = started("2026-03-02", 5, "acceptance", "acceptance")
    again = ClockStart("acceptance", "acceptance", 5, basis=BASIS)
    with pytest.raises(IntegrityError), transaction.atomic():
        services.start_clocks(clock.subject_urn, [again], at=moment("2026-03-03"))
    assert services.stop(clock.subject_urn, "acceptance", at=moment("2026-03-03")) == 1
    services.start_clocks(clock.subject_urn, [again], at=moment("2026-03-09"))
    assert [c.state for c in queries.clocks_of(clock.subject_urn, at=moment("2026-03-09"))] == ["stopped", "running"]


def test_suspension_moves_the_due_date_by_the_days_it_lasted():
    clock = started("2025-09-01", 5)
    [paused] = services.suspend(clock.subject_urn, reason=REASON, at=moment("2025-09-04"))
    assert (paused.state, paused.due_date, paused.lamp, paused.left) == ("suspended", None, Lamp.GREY, 3)
    [resumed] = services.resume(clock.subject_urn, at=moment("2025-09-09"))
    assert (resumed.state, resumed.due_date) == ("running", date(2025, 9, 11))
    row = Clock.objects.get(uuid=clock.uuid)
    assert (row.due_date, row.is_suspended) == (date(2025, 9, 11), False)


def test_a_suspension_of_announced_length_has_an_expected_due_date():
    clock = started("2025-09-01", 5)
    [paused] = services.suspend(clock.subject_urn, reason=REASON, at=moment("2025-09-04"), planned_days=3)
    assert paused.due_date == date(2025, 9, 11)
    assert only(clock.subject_urn, "2025-09-12").due_date == date(2025, 9, 17)  # not resumed on time


def test_suspending_twice_or_resuming_what_runs_is_a_conflict():
    clock = started("2025-09-01", 5)
    with pytest.raises(services.ClockNotOpen):
        services.resume(clock.subject_urn, at=moment("2025-09-02"))
    services.suspend(clock.subject_urn, reason=REASON, at=moment("2025-09-02"))
    with pytest.raises(services.ClockNotOpen):
        services.suspend(clock.subject_urn, reason=REASON, at=moment("2025-09-03"))


def test_only_the_named_clocks_are_suspended():
    clock = started("2025-09-01", 5)
    services.start_clock(clock.subject_urn, "promised", "promised", 3, basis=BASIS, at=moment("2025-09-01"))
    services.suspend(clock.subject_urn, reason=REASON, at=moment("2025-09-02"), keys=["promised"])
    states = {c.key: c.state for c in queries.clocks_of(clock.subject_urn, at=moment("2025-09-02"))}
    assert states == {"statutory": "running", "promised": "suspended"}


def test_extension_adds_days():
    clock = started("2026-02-10", 20)
    longer = services.extend(clock.subject_urn, "statutory", 10, reason=REASON, at=moment("2026-03-12"))
    assert (longer.total, longer.due_date) == (30, date(2026, 3, 30))
    with pytest.raises(Invalid):
        services.extend(clock.subject_urn, "statutory", 0, reason=REASON, at=moment("2026-03-12"))
    with pytest.raises(services.ClockNotOpen):
        services.extend(clock.subject_urn, "no-such", 1, reason=REASON, at=moment("2026-03-12"))


def test_a_limit_that_is_over_stays_overdue():
    clock = started("2026-02-10", 20)  # until 16 March
    with pytest.raises(services.LimitPassed):
        services.extend(clock.subject_urn, "statutory", 10, reason=REASON, at=moment("2026-03-17"))
    services.suspend(clock.subject_urn, reason=REASON, at=moment("2026-03-18"))
    assert only(clock.subject_urn, "2026-03-19").lamp is Lamp.RED


def test_a_clock_may_start_on_an_earlier_day_than_its_act():
    start = ClockStart("statutory", "statutory", 5, start_date=date(2026, 3, 2))
    (clock,) = services.start_clocks(subject(), [start], at=moment("2026-03-20"))
    assert (clock.start_date, clock.due_date, clock.lamp) == (date(2026, 3, 2), date(2026, 3, 9), Lamp.RED)


@pytest.mark.parametrize(("stopped", "lamp"), [("2026-03-16", Lamp.GREEN), ("2026-03-17", Lamp.RED)])
def test_a_stopped_clock_keeps_whether_it_was_late(stopped, lamp):
    clock = started("2026-02-10", 20)
    services.stop(clock.subject_urn, at=moment(stopped))
    seen = only(clock.subject_urn, "2026-06-01")
    assert (seen.state, seen.lamp, seen.is_open) == ("stopped", lamp, False)
    assert services.stop(clock.subject_urn, at=moment("2026-06-01")) == 0


def test_a_clock_needs_days():
    with pytest.raises(Invalid):
        started("2026-02-10", 0)


def test_the_most_urgent_clock_is_the_one_to_show():
    clock = started("2026-02-10", 20)
    services.start_clock(clock.subject_urn, "promised", "promised", 8, basis=BASIS, at=moment("2026-02-10"))
    seen = queries.most_urgent(queries.clocks_of(clock.subject_urn, at=moment("2026-02-11")))
    assert seen.key == "promised"
    services.stop(clock.subject_urn, at=moment("2026-02-12"))
    assert queries.most_urgent(queries.clocks_of(clock.subject_urn, at=moment("2026-02-13"))) is None


def test_explain_lists_days_ledger_clause_and_notices():
    clock = started("2025-12-29", 5)
    services.suspend(clock.subject_urn, reason=REASON, at=moment("2025-12-31"), planned_days=1)
    services.resume(clock.subject_urn, at=moment("2026-01-04"))
    told = queries.explain(clock.uuid, at=moment("2026-01-05"))
    assert [(str(d.day)[5:], d.number) for d in told.days if d.is_counted] == [
        ("12-30", 1), ("01-04", 2), ("01-05", 3), ("01-06", 4), ("01-07", 5)
    ]  # fmt: skip
    assert [(e.kind, e.days, e.reason) for e in told.ledger] == [("suspended", 1, REASON), ("resumed", None, {})]
    assert told.clock.basis == BASIS
    reasons = {str(day.day)[5:]: reason["zh"] for day, reason in told.rows}
    assert (reasons["12-29"], reasons["12-31"], reasons["01-01"], reasons["01-04"]) == (
        "起算日，不计入", "中止期间，不计入", "中止期间，不计入", "调休上班日"
    )  # fmt: skip
    assert set(told.notices) == {2025, 2026}
    with pytest.raises(NotFound):
        queries.explain(uuid.uuid4(), at=moment("2026-01-05"))


def test_another_calendar_moves_open_clocks_and_tells_so(tmp_path):
    open_clock, closed = started("2026-02-10", 5), started("2026-02-10", 5)
    assert open_clock.due_date == date(2026, 2, 24)  # over the Spring Festival
    services.stop(closed.subject_urn, at=moment("2026-02-11"))
    folder = calendar_folder(tmp_path, "2026-02-16,春节,1", "2026-02-14,春节,0")
    assert services.load_calendar(actor=SEEDER, at=moment("2026-02-11"), folder=folder)
    assert only(open_clock.subject_urn, "2026-02-11").due_date == date(2026, 2, 17)  # at once, at every reading
    assert ProcrastinateJob.objects.filter(task_name="zhengtong.support.deadlines.recompute_clocks").count() == 1

    tasks.recompute_clocks()
    assert Clock.objects.get(uuid=open_clock.uuid).due_date == date(2026, 2, 17)
    assert Clock.objects.get(uuid=closed.uuid).due_date == date(2026, 2, 24)
    moved = OutboxRow.objects.get(name="deadlines.clock.moved").payload["moves"]
    assert moved == [{"subject_urn": open_clock.subject_urn, "key": "statutory", "kind": "statutory",
                      "was": "2026-02-24", "due_date": "2026-02-17"}]  # fmt: skip
    changed = OutboxRow.objects.get(name="deadlines.calendar.changed").payload
    assert changed["last_announced_year"] == 2026


def test_only_the_node_and_administrators_load_a_calendar():
    stranger = Actor(urn="urn:zhengtong:511602-e:identity:account:" + str(uuid.uuid4()), capacity=Capacity.OFFICIAL)
    with pytest.raises(Denied):
        services.load_calendar(actor=stranger, at=moment("2026-02-11"))
    services.load_calendar(actor=SEEDER, at=moment("2026-02-11"))
    assert Entry.objects.filter(action="deadlines.calendar.loaded", actor_urn=SEEDER.urn).count() == 1


def test_days_are_added_by_the_calendar_in_force(tmp_path):
    assert queries.add_working_days(date(2026, 2, 10), 20) == date(2026, 3, 16)
    services.load_calendar(actor=SEEDER, at=moment("2026-02-11"), folder=calendar_folder(tmp_path, "2026-02-11,试,1"))
    assert queries.add_working_days(date(2026, 2, 10), 1) == date(2026, 2, 12)


def test_loading_the_same_calendar_again_changes_nothing():
    assert services.load_calendar(actor=SEEDER, at=moment("2026-02-11"))
    assert not services.load_calendar(actor=SEEDER, at=moment("2026-02-12"))
    assert queries.get_calendar().last_year == 2026


def test_recomputing_goes_in_batches(tmp_path):
    for _ in range(3):
        started("2026-02-10", 5)
    services.load_calendar(actor=SEEDER, at=moment("2026-02-11"), folder=calendar_folder(tmp_path, "2026-02-11,试,1"))
    assert [services.recompute_open_clocks(limit=2) for _ in range(3)] == [2, 1, 0]


def test_a_faulty_calendar_is_refused_whole(tmp_path):
    services.load_calendar(actor=SEEDER, at=moment("2026-02-11"))
    with pytest.raises(Invalid, match="line 3"):
        services.load_calendar(
            actor=SEEDER,
            at=moment("2026-02-12"),
            folder=calendar_folder(tmp_path, "2026-01-01,元旦,1", "tomorrow,元旦,1"),
        )
    assert queries.get_calendar().special[date(2026, 2, 16)].name == "春节"
