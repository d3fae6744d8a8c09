"""Verbs that move the clock: suspension for a special procedure (行政许可法 45), and extension (42)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.transactions import verb
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import services as deadlines

from .. import rules
from ..models import Case
from .acts import lock_case, tell_applicant, witness
from .papers import issue_paper


@verb
def suspend_case(
    *,
    actor: Actor,
    case_uuid: UUID,
    procedure: str,
    reason: str,
    planned_days: int,
    at: datetime,
    revision: int | None = None,
) -> Case:
    """Stop all clocks for a hearing, test or expert review; the applicant is told in writing how long (art. 45)."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.suspend", case)
    rules.check_may("suspend", case.status, suspended=case.is_suspended)
    rules.check_procedure(procedure)
    reason = rules.check_text(reason, "reason", rules.REASON, least=5)
    planned_days = rules.check_days(planned_days, "planned_days", most=180)
    case.move(is_suspended=True)
    deadlines.suspend(case.urn, reason={"zh": reason}, at=at, planned_days=planned_days)
    witness(actor, "cases.case.suspended", case, at=at, procedure=procedure, reason=reason, planned_days=planned_days)
    issue_paper(
        case,
        "special",
        at=at,
        procedure=rules.SPECIAL_PROCEDURES[procedure]["zh"],
        reason=reason,
        planned_days=planned_days,
    )
    texts = ("您的办件进入特别程序，暂停计时", "A special procedure has begun: the clock is stopped")
    tell_applicant(case, "suspended", texts, at=at, note=reason)
    return case


@verb
def resume_case(*, actor: Actor, case_uuid: UUID, result: str, at: datetime, revision: int | None = None) -> Case:
    """End the special procedure: the clocks run on from where they stood."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.resume", case)
    rules.check_may("resume", case.status, suspended=case.is_suspended)
    result = rules.check_text(result, "result", rules.RESULT)
    case.move(is_suspended=False)
    deadlines.resume(case.urn, reason={"zh": result}, at=at)
    witness(actor, "cases.case.resumed", case, at=at, result=result)
    tell_applicant(
        case, "resumed", ("特别程序已结束，恢复计时", "The special procedure has ended: the clock runs on"), at=at
    )
    return case


@verb
def extend_case(*, actor: Actor, case_uuid: UUID, reason: str, at: datetime, revision: int | None = None) -> Case:
    """Add the days the law allows, once, with the approval of the authority's head; the reason is told (art. 42)."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.extend", case)
    rules.check_may("extend", case.status, suspended=case.is_suspended)
    rules.check_head(is_head=any(p.is_head and p.organisation_uuid == case.lead_organisation_uuid for p in actor.posts))
    rules.check_first_extension(case.papers.filter(kind="extension").exists())
    reason = rules.check_text(reason, "reason", rules.REASON, least=10)
    days = rules.EXTENSION_DAYS[public_services.get_pinned_version(case.service_version_uuid).manifest["kind"]]
    case.move()
    deadlines.extend(case.urn, "statutory", days, reason={"zh": reason}, at=at)
    deadlines.extend(case.urn, "promised", days, reason={"zh": reason}, at=at)
    witness(actor, "cases.case.extended", case, at=at, days=days, reason=reason)
    issue_paper(case, "extension", at=at, days=days, reason=reason)
    tell_applicant(case, "extended", ("办理期限已延长", "The time limit has been extended"), at=at, note=reason)
    return case
