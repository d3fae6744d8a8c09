"""A row's clock says its own unit, in both languages, and how much too late it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from zhengtong.applications.cases.models import Case
from zhengtong.applications.cases.templatetags.case_lines import case_status, clock_line, days_taken
from zhengtong.support.deadlines.queries import ClockView
from zhengtong.support.deadlines.rules import Kind, Lamp, Unit


def clock(**changes: Any) -> ClockView:
    values: dict[str, Any] = {
        "uuid": uuid4(), "subject_urn": "urn:x", "key": "statutory", "kind": Kind.STATUTORY, "unit": Unit.WORKING,
        "state": "running", "started_at": datetime(2026, 3, 2, tzinfo=UTC), "start_date": date(2026, 3, 2),
        "stopped_at": None, "due_date": date(2026, 3, 30), "used": 3, "total": 20, "left": 17, "lamp": Lamp.GREEN,
        "provisional": False, "basis": {}, "organisation_uuid": None,
    }  # fmt: skip
    return ClockView(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "chinese", "english"),
    [
        ({}, "第 3 个工作日 / 共 20 个，2026年3月30日 到期", "Working day 3 of 20"),
        ({"unit": Unit.NATURAL}, "第 3 个自然日 / 共 20 个", "Calendar day 3 of 20"),
        ({"used": 0, "left": 20}, "共 20 个工作日，从下一个工作日起算", "20 working days from the next one"),
        ({"used": 0, "left": 20, "unit": Unit.NATURAL}, "共 20 个自然日，从次日起算", "20 calendar days from the day"),
        ({"used": 22, "left": -2, "lamp": Lamp.RED}, "超期 2 个工作日", "2 working days overdue"),
        ({"used": 22, "left": -2, "lamp": Lamp.RED, "unit": Unit.NATURAL}, "超期 2 个自然日", "2 calendar days over"),
        ({"state": "suspended", "lamp": Lamp.GREY, "due_date": None}, "暂停计时", "Working day 3 of 20"),
        ({"provisional": True}, "（暂定）", "provisional"),
    ],
)  # fmt: skip
def test_a_clock_in_one_line(changes: dict[str, Any], chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert chinese in clock_line(clock(**changes))
    with translation.override("en"):
        line = clock_line(clock(**changes))
    assert english in line
    assert ("working" in line.lower()) != (changes.get("unit") == Unit.NATURAL)


def test_what_a_stopped_clock_took() -> None:
    with translation.override("zh-hans"):
        assert days_taken(clock(unit=Unit.NATURAL)) == "用了 3 个自然日（共 20 个）"
        assert days_taken(clock()) == "用了 3 个工作日（共 20 个）"


def test_a_status_is_said_in_words_and_a_special_procedure_beside_it() -> None:
    with translation.override("zh-hans"):
        shown = case_status(Case(status="in_review", is_suspended=True))
    assert "审查中" in shown
    assert "特别程序" in shown
    assert "tag--green" in case_status(Case(status="granted"))
