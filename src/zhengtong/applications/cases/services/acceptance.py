"""Acceptance: accept, refuse, or ask once for all that is missing (行政许可法 32)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.events import services as events
from zhengtong.kernel.transactions import verb
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import services as deadlines
from zhengtong.support.deadlines.services import ClockStart
from zhengtong.support.forms import services as forms
from zhengtong.support.workflow import services as workflow

from .. import rules
from ..events import CaseAccepted, CaseClosed
from ..models import Case, Comment, Review, Status, SupplementNotice
from .acts import lock_case, tell_applicant, witness
from .papers import issue_paper
from .supplement import drop_supplement_drafts


@verb
def accept_case(*, actor: Actor, case_uuid: UUID, at: datetime, revision: int | None = None) -> Case:
    """Accept the application: the statutory and the promised clock start and the reviews open at once (step 6, 7)."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.accept", case)
    rules.check_may("accept", case.status)
    version = public_services.get_pinned_version(case.service_version_uuid)
    stated = _stated(case, version)
    wanted = public_services.applicable_reviews(version, stated)
    opened = workflow.complete(case.urn, "accept", at=at, results=public_services.review_conditions(version, stated))
    reviews = _open_reviews(case, wanted, {step.key for step in opened}, at=at)
    status = Status.IN_REVIEW if reviews else Status.AWAITING_DECISION
    case.move(status=status, accepted_at=at, accepted_by_urn=actor.urn)
    _start_clocks(case, version, reviews, at=at)
    witness(actor, "cases.case.accepted", case, at=at, reviews=[r.key for r in reviews])
    issue_paper(case, "accepted", at=at, **_limits(version))
    tell_applicant(case, "accepted", ("您的申请已受理", "Your application has been accepted"), at=at)
    events.publish(CaseAccepted(case_uuid=str(case.uuid)))
    return case


def _stated(case: Case, version: Any) -> dict[str, Any]:
    return forms.reveal(public_services.form_of(version), case.submissions.latest("round").data)


def _limits(version: Any) -> dict[str, int]:
    decision = version.manifest["decision"]
    return {"statutory_days": decision["statutory_days"], "promised_days": decision["promised_days"]}


def _open_reviews(case: Case, wanted: Sequence[Any], open_keys: set[str], *, at: datetime) -> list[Review]:
    return Review.objects.bulk_create(
        Review(
            case=case,
            key=review.key,
            title=review.title,
            organisation_uuid=review.organisation_uuid,
            days=review.days,
            is_optional=review.optional,
            needs_visit=bool(review.site_visit),
            state=Review.State.OPEN if review.key in open_keys else Review.State.WAITING,
            opened_at=at if review.key in open_keys else None,
        )
        for review in wanted
    )


def _start_clocks(case: Case, version: Any, reviews: Sequence[Review], *, at: datetime) -> None:
    limits = _limits(version)
    deadlines.stop(case.urn, "acceptance", at=at)
    lead = case.lead_organisation_uuid
    deadlines.start_clocks(
        case.urn,
        [
            ClockStart(
                "statutory", "statutory", limits["statutory_days"], basis=rules.LAW["statutory"], organisation_uuid=lead
            ),
            ClockStart(
                "promised", "promised", limits["promised_days"], basis=rules.LAW["promised"], organisation_uuid=lead
            ),
            *(review_clock(r) for r in reviews if r.state == Review.State.OPEN),
        ],
        at=at,
    )


def review_clock(review: Review) -> ClockStart:
    """The clock of one authority's review; it hangs on the case, so that a suspension stops them all at once."""
    return ClockStart(
        rules.review_clock_key(review.key),
        "review",
        review.days,
        basis=rules.LAW["review"],
        organisation_uuid=review.organisation_uuid,
    )


@verb
def refuse_case(*, actor: Actor, case_uuid: UUID, reason: str, at: datetime, revision: int | None = None) -> Case:
    """Refuse to accept, in writing and with the reason (行政许可法 32(1)(2)(5))."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.refuse", case)
    rules.check_may("refuse", case.status)
    reason = rules.check_text(reason, "reason", rules.REASON, least=10)
    case.move(status=Status.REFUSED, decided_at=at)
    deadlines.stop(case.urn, None, at=at)
    workflow.cancel(case.urn, at=at)
    witness(actor, "cases.case.refused", case, at=at, reason=reason)
    issue_paper(case, "refused", at=at, reason=reason)
    tell_applicant(case, "refused", ("您的申请未被受理", "Your application was not accepted"), at=at, note=reason)
    events.publish(CaseClosed(case_uuid=str(case.uuid)))
    return case


@verb
def request_supplement(
    *,
    actor: Actor,
    case_uuid: UUID,
    items: Sequence[dict[str, str]],
    reason: str = "",
    at: datetime,
    revision: int | None = None,
) -> SupplementNotice:
    """Tell the applicant once, and everything, that is missing (行政许可法 32(4)). WrongState at a second try."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.request_supplement", case)
    rules.check_may("request_supplement", case.status)
    rules.check_first_notice(SupplementNotice.objects.filter(case=case).exists())
    items = rules.check_supplement_items(items)
    deadlines.stop(case.urn, "acceptance", at=at)
    clock = deadlines.start_clock(
        case.urn, "supplement", "supplement", rules.SUPPLEMENT_ANSWER_DAYS, basis=rules.LAW["acceptance"], at=at
    )
    answer_by = clock.due_date
    assert answer_by is not None  # only a suspended clock has no end, and this one has just started
    notice = SupplementNotice.objects.create(
        case=case, items=items, reason=reason, issued_at=at, answer_by_date=answer_by
    )
    case.move(status=Status.SUPPLEMENT)
    witness(actor, "cases.case.supplement_requested", case, at=at, items=items)
    issue_paper(case, "supplement", at=at, items=items, reason=reason, answer_by=answer_by.isoformat())
    tell_applicant(
        case, "supplement", ("请补正申请材料", "Please complete your application"), at=at,
        note="；".join(i["what"] for i in items),
    )  # fmt: skip
    return notice


@verb
def comment(*, actor: Actor, case_uuid: UUID, text: str, at: datetime) -> Comment:
    """A reviewing authority's remark before acceptance; afterwards nobody may ask for more."""
    case = lock_case(case_uuid)
    permissions.require(actor, "cases.case.comment", case)
    rules.check_may("comment", case.status)
    text = rules.check_text(text, "text", rules.REMARK)
    witness(actor, "cases.case.commented", case, at=at)
    return Comment.objects.create(
        case=case,
        organisation_uuid=actor.posts[0].organisation_uuid,
        by_urn=actor.urn,
        by_name=actor.display_name,
        text=text,
        at=at,
    )


def abandon_overdue_supplements(*, at: datetime) -> int:
    """Close every case whose supplement was not handed in by its date. Returns how many."""
    from zhengtong.kernel.clock import china_date

    overdue = SupplementNotice.objects.filter(
        answered_at=None, answer_by_date__lt=china_date(at), case__status=Status.SUPPLEMENT
    )
    uuids = list(overdue.values_list("case__uuid", flat=True)[:1000])
    return sum(_abandon(case_uuid, at=at) for case_uuid in uuids)


@verb
def _abandon(case_uuid: UUID, *, at: datetime) -> bool:
    case = lock_case(case_uuid)
    if case.status != Status.SUPPLEMENT:
        return False
    case.move(status=Status.ABANDONED)
    drop_supplement_drafts(case)
    deadlines.stop(case.urn, None, at=at)
    workflow.cancel(case.urn, at=at)
    witness(system_actor("supplements"), "cases.case.abandoned", case, at=at)
    tell_applicant(
        case, "abandoned", ("逾期未补正，申请已终止", "Not completed in time: the application has ended"), at=at
    )
    events.publish(CaseClosed(case_uuid=str(case.uuid)))
    return True
