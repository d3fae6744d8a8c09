"""Time limits as the 行政许可法 has them: acceptance by silence, extension, and what a service promises."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from zhengtong.applications.cases import law, rules, services
from zhengtong.applications.cases.models import Case
from zhengtong.applications.public_services import queries as public_services
from zhengtong.security.audit import queries as audit
from zhengtong.support.deadlines import queries as deadlines

from .conftest import START, act_as, file_card

REASON = "案情复杂，需要延长办理期限。"
NO_ANSWER = START + timedelta(days=8)  # the Tuesday after the fifth working day (Monday 23 November)


def clocks(case: Case, at=START) -> dict[str, deadlines.ClockView]:
    return {c.key: c for c in deadlines.clocks_of(case.urn, at=at)}


def extend(case: Case, at=START, **more) -> None:
    services.extend_case(actor=act_as("lead", at), case_uuid=case.uuid, reason=REASON, at=at, **more)


def ask(case: Case, at=START) -> None:
    services.request_supplement(
        actor=act_as("window", at), case_uuid=case.uuid, at=at,
        items=[{"requirement_key": "floor-plan", "what": "平面图请标明安全出口。"}],
    )  # fmt: skip


# -- extension (42) ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days", "is_joint", "more", "approval"),
    [
        (20, False, 10, "organ"),
        (20, True, 10, "organ"),
        (8, True, 10, "organ"),
        (45, True, 15, "government"),
        (21, True, 15, "government"),
        (30, False, 10, "organ"),
    ],
)
def test_how_far_a_limit_may_be_extended(days, is_joint, more, approval) -> None:
    assert law.extension_of(days, is_joint=is_joint) == law.Extension(more, approval)


def test_the_twenty_days_of_a_joint_service_get_ten(accepted: Case) -> None:
    extend(accepted)
    assert clocks(accepted)["statutory"].total == 30
    assert accepted.papers.get(kind="extension").data["approver"] == "organ"


def test_a_joint_limit_above_twenty_days_needs_the_governments_document(filed: Case, monkeypatch) -> None:
    decision = public_services.get_decision(public_services.get_pinned_version(filed.service_version_uuid))
    longer = type(decision)(statutory_days=45, promised_days=45)
    monkeypatch.setattr(public_services, "get_decision", lambda _version: longer)
    services.accept_case(actor=act_as("window"), case_uuid=filed.uuid, at=START)
    with pytest.raises(rules.Invalid) as refused:
        extend(filed)
    assert [f.path for f in refused.value.fields] == ["approval"]
    extend(filed, approval="广安府函〔2026〕18号")
    assert clocks(filed)["statutory"].total == 60
    assert filed.papers.get(kind="extension").data["approval"] == "广安府函〔2026〕18号"


def test_what_is_overdue_cannot_be_extended(accepted: Case) -> None:
    late = START + timedelta(days=40)
    with pytest.raises(rules.WrongState):
        extend(accepted, late)
    assert clocks(accepted, late)["statutory"].is_overdue


def test_an_extension_does_not_mend_a_broken_promise(accepted: Case) -> None:
    late = START + timedelta(days=14)
    assert clocks(accepted, late)["promised"].is_overdue
    extend(accepted, late)
    assert clocks(accepted, late)["promised"].is_overdue
    assert clocks(accepted, late)["statutory"].total == 30


# -- silence (32(4)) --------------------------------------------------------------------------------------------------
def test_whoever_is_not_answered_in_five_days_is_accepted_from_the_day_of_receipt(filed: Case) -> None:
    assert services.accept_unanswered(at=START + timedelta(days=7, hours=13)) == 0  # 23:00 of the fifth working day
    assert services.accept_unanswered(at=NO_ANSWER) == 1
    filed.refresh_from_db()
    assert (filed.status, filed.accepted_at) == ("in_review", filed.submitted_at)
    assert clocks(filed, NO_ANSWER)["statutory"].start_date == date(2026, 11, 16)
    assert clocks(filed, NO_ANSWER)["review:fire"].start_date == date(2026, 11, 24)  # they could not begin before
    assert filed.papers.get(kind="accepted").data["deemed_since"] == "2026-11-16"
    assert "cases.case.deemed_accepted" in [e.action for e in audit.list_for_object(filed.urn)]
    assert services.accept_unanswered(at=NO_ANSWER) == 0


def test_accepting_late_by_hand_wins_no_time(filed: Case) -> None:
    services.accept_case(actor=act_as("window", NO_ANSWER), case_uuid=filed.uuid, at=NO_ANSWER)
    filed.refresh_from_db()
    assert filed.accepted_at == filed.submitted_at
    assert clocks(filed, NO_ANSWER)["statutory"].start_date == date(2026, 11, 16)


def test_after_five_days_nothing_more_is_asked_and_nothing_refused(filed: Case) -> None:
    with pytest.raises(rules.WrongState):
        ask(filed, NO_ANSWER)
    with pytest.raises(rules.WrongState):
        services.refuse_case(
            actor=act_as("window", NO_ANSWER), case_uuid=filed.uuid, reason="该事项不属于本机关职权范围。", at=NO_ANSWER
        )
    filed.refresh_from_db()
    assert filed.status == "submitted"


def test_on_the_fifth_day_the_window_may_still_ask(filed: Case) -> None:
    ask(filed, START + timedelta(days=7))


def test_only_the_licensing_law_accepts_by_silence(seeded) -> None:
    card = file_card()
    assert services.accept_unanswered(at=START + timedelta(days=30)) == 0
    card.refresh_from_db()
    assert card.status == "submitted"


def test_one_case_that_fails_does_not_hold_up_the_others(filed: Case, monkeypatch, caplog) -> None:
    from zhengtong.applications.cases.services import lapses

    from .conftest import file_case

    other = file_case()
    real = lapses.lock_case

    def broken(case_uuid, **more):
        if case_uuid == filed.uuid:
            raise RuntimeError("no process")
        return real(case_uuid, **more)

    monkeypatch.setattr(lapses, "lock_case", broken)
    assert services.accept_unanswered(at=NO_ANSWER) == 1
    other.refresh_from_db()
    assert other.status == "in_review"
    assert str(filed.uuid) in caplog.text


# -- the supplement's days (a notice's own) ----------------------------------------------------------------------------
def test_a_calendar_that_gives_more_days_gives_them_to_the_applicant_too(filed: Case) -> None:
    ask(filed)
    told = filed.supplement_notice.answer_by_date
    filed.supplement_notice.__class__.objects.filter(case=filed).update(answer_by_date=told - timedelta(days=3))
    assert services.abandon_overdue_supplements(at=START + timedelta(days=(told - START.date()).days)) == 0
    filed.refresh_from_db()
    assert filed.status == "supplement"
    assert services.abandon_overdue_supplements(at=START + timedelta(days=(told - START.date()).days + 1)) == 1


def test_the_supplement_rests_on_the_notice_and_not_on_the_law(filed: Case) -> None:
    ask(filed)
    assert "行政许可法" not in clocks(filed)["supplement"].basis["zh"]


# -- what the package promises ----------------------------------------------------------------------------------------
def test_clocks_run_as_many_days_as_the_service_promises(seeded) -> None:
    card = file_card()
    assert clocks(card)["acceptance"].total == 1
    assert card.papers.get(kind="received").data["acceptance_days"] == 1
