"""One case in every state a page may meet, on a node with its first data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from zhengtong.applications.cases import services
from zhengtong.applications.cases.models import Case
from zhengtong.applications.cases.tests.conftest import act_as, file_case
from zhengtong.config.story.restaurant import representative
from zhengtong.kernel.clock import now

REASON = "经审查，申请材料与实际情况相符，依法办理。"
REVIEWS = ("food", "fire", "drainage", "signboard")
STATES: dict[str, Callable[[], Case]] = {}


def _state(build: Callable[[], Case]) -> Callable[[], Case]:
    STATES[build.__name__.strip("_")] = build
    return build


def every_state() -> dict[str, Case]:
    """A case for each name in STATES; the acts are done a moment apart, up to now."""
    return {name: build() for name, build in STATES.items()}


def _do(case: Case, verb: Callable[..., Any], who: str, **more: Any) -> Any:
    return verb(actor=act_as(who, now()), case_uuid=case.uuid, at=now(), **more)


@_state
def _submitted() -> Case:
    case = file_case(now())
    _do(case, services.comment, "food", text="请窗口核对经营面积。")
    return case


@_state
def _supplement() -> Case:
    case = _submitted()
    items = [{"requirement_key": "form", "what": "请补充经营场所的实际使用面积说明。"}]
    _do(case, services.request_supplement, "window", items=items)
    return case


@_state
def _supplement_begun() -> Case:
    case = _supplement()
    services.start_supplement(actor=representative("chen", at=now()), case_uuid=case.uuid, at=now())
    return case


@_state
def _refused() -> Case:
    case = _submitted()
    _do(case, services.refuse_case, "window", reason=REASON)
    return case


@_state
def _withdrawn() -> Case:
    case = _in_review()
    enterprise = representative("chen", at=now())
    services.withdraw_case(actor=enterprise, case_uuid=case.uuid, reason="不再开办", at=now())
    return case


@_state
def _abandoned() -> Case:
    """Asked to complete its application long ago."""
    case, long_ago = file_case(now() - timedelta(days=90)), now() - timedelta(days=89)
    items = [{"requirement_key": "form", "what": "请补充经营场所的实际使用面积说明。"}]
    services.request_supplement(actor=act_as("window", long_ago), case_uuid=case.uuid, items=items, at=long_ago)
    services.abandon_overdue_supplements(at=now())
    return case


@_state
def _in_review() -> Case:
    case = _submitted()
    _do(case, services.accept_case, "window")
    return case


@_state
def _suspended() -> Case:
    case = _in_review()
    _do(case, services.suspend_case, "lead", procedure="expert_review", reason=REASON, planned_days=10)
    return case


@_state
def _extended() -> Case:
    case = _in_review()
    _do(case, services.extend_case, "lead", reason=REASON)
    return case


@_state
def _visit_arranged() -> Case:
    case = _in_review()
    officers = [act_as(who, now()).account_uuid for who in ("food", "fire")]
    _do(case, services.schedule_visit, "food", officer_accounts=officers, scheduled_at=now(), place="演示路18号")
    return case


@_state
def _visit_recorded() -> Case:
    case = _visit_arranged()
    services.record_visit(
        actor=act_as("fire", now()), visit_uuid=case.visits.get().uuid, findings="布局合理，设施齐全。",
        conducted_at=now(), at=now(),
    )  # fmt: skip
    return case


@_state
def _partly_reviewed() -> Case:
    case = _visit_recorded()
    _opinions(case, "drainage", "signboard")
    return case


@_state
def _awaiting_decision() -> Case:
    case = _visit_recorded()
    _opinions(case, *REVIEWS)
    return case


@_state
def _blocked() -> Case:
    case = _visit_recorded()
    _opinions(case, *REVIEWS, outcome="unfavourable")
    return case


@_state
def _granted() -> Case:
    case = _awaiting_decision()
    _do(case, services.decide_case, "lead", granted=True, reasons=REASON)
    return case


@_state
def _denied() -> Case:
    case = _blocked()
    _do(case, services.decide_case, "lead", granted=False, reasons=REASON)
    return case


@_state
def _rated() -> Case:
    case, enterprise = _granted(), representative("chen", at=now())
    services.collect(actor=enterprise, case_uuid=case.uuid, at=now())
    services.rate_case(actor=enterprise, case_uuid=case.uuid, score=5, remarks="很方便", at=now())
    return case


def _opinions(case: Case, *keys: str, outcome: str = "favourable") -> None:
    for review in case.reviews.filter(key__in=keys):
        services.record_opinion(
            actor=act_as(review.key, now()), review_uuid=review.uuid, outcome=outcome, remarks=REASON, at=now()
        )
