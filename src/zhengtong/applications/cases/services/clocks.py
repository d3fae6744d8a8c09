"""Verbs that move the clock: suspension for a special procedure (行政许可法 45), and extension (42)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.transactions import verb
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import queries as deadline_queries
from zhengtong.support.deadlines import services as deadlines

from .. import law, rules
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
    case.move(is_suspended=True, words=reason)
    deadlines.suspend(case.urn, reason={"zh": reason}, at=at, planned_days=planned_days)
    witness(actor, "cases.case.suspended", case, at=at, procedure=procedure, said=True, planned_days=planned_days)
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
    case.move(is_suspended=False, words=result)
    deadlines.resume(case.urn, reason={"zh": result}, at=at)
    witness(actor, "cases.case.resumed", case, at=at, said=True)
    tell_applicant(
        case, "resumed", ("特别程序已结束，恢复计时", "The special procedure has ended: the clock runs on"), at=at
    )
    return case


@verb
def extend_case(
    *, actor: Actor, case_uuid: UUID, reason: str, approval: str = "", at: datetime, revision: int | None = None
) -> Case:
    """Add the days the law allows, once, while the limit still runs; the reason is told (行政许可法 42).

    `approval`: the number of the government's document, where its head must approve (`law.extension_of`). A promise
    already broken is not extended: it stays overdue.
    """
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.extend", case)
    rules.check_may("extend", case.status, suspended=case.is_suspended)
    rules.check_head(is_head=any(p.is_head and p.organisation_uuid == case.lead_organisation_uuid for p in actor.posts))
    rules.check_first_extension(case.papers.filter(kind="extension").exists())
    reason = rules.check_text(reason, "reason", rules.REASON, least=10)
    clocks = {c.key: c for c in deadline_queries.clocks_of(case.urn, at=at) if c.is_open}
    rules.check_still_running(overdue=clocks["statutory"].is_overdue)
    extension = extension_for(case, clocks["statutory"].total)
    approval = rules.check_approval(approval, needed=extension.needs_document)
    case.move(words=reason)
    for key in ("statutory", "promised"):
        if not clocks[key].is_overdue:
            deadlines.extend(case.urn, key, extension.days, reason={"zh": reason}, at=at)
    witness(actor, "cases.case.extended", case, at=at, days=extension.days, said=True, approval=approval)
    issue_paper(
        case, "extension", at=at, days=extension.days, reason=reason, approver=extension.approval, approval=approval
    )
    tell_applicant(case, "extended", ("办理期限已延长", "The time limit has been extended"), at=at, note=reason)
    return case


def extension_for(case: Case, statutory_days: int) -> law.Extension:
    """What the law allows for this case."""
    version = public_services.get_pinned_version(case.service_version_uuid)
    return law.extension_of(statutory_days, is_joint=version.manifest["kind"] == "joint")
