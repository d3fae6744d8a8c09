"""The reviewing authorities' verbs: opinion, transfer, and the joint site visit (journey steps 7 to 9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.errors import FieldError, Invalid, NotFound
from zhengtong.kernel.events import services as events
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.transactions import verb
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import services as deadlines
from zhengtong.support.workflow import services as workflow

from .. import queries, rules
from ..events import ReviewClosed
from ..models import Case, Review, SiteVisit, Status
from .acceptance import review_clock
from .acts import lock_case, lock_review, witness

_OPINION = "cases.review.decide"


@verb
def record_opinion(
    *,
    actor: Actor,
    review_uuid: UUID,
    outcome: str,
    remarks: str,
    at: datetime,
    revision: int | None = None,
    officer: str = "",
) -> Review:
    """Record one authority's opinion; the last one closes the joint review. `officer`: whose opinion it is, where the
    authority's own system hands it in. Raises Denied, WrongState, Invalid."""
    case, review = lock_review(review_uuid, revision=revision)
    permissions.require(actor, "cases.review.decide", review)
    rules.check_may("opinion", case.status, suspended=case.is_suspended)
    remarks = rules.check_opinion(
        state=review.state,
        outcome=outcome,
        remarks=remarks,
        needs_visit=review.needs_visit,
        visited=_visited(case, review) if review.needs_visit else True,
    )
    name = rules.signatory(actor.display_name, officer, is_system=actor.is_client)
    review.close(outcome=outcome, remarks=remarks, by_urn=actor.urn, by_name=name, at=at)
    deadlines.stop(case.urn, rules.review_clock_key(review.key), at=at)
    _go_on(case, review, at=at)
    witness(actor, "cases.review.closed", case, at=at, review=review.key, outcome=outcome)
    events.publish(ReviewClosed(review_uuid=str(review.uuid)))
    return review


def _visited(case: Case, review: Review) -> bool:
    return any(review.key in v.review_keys for v in case.visits.filter(conducted_at__isnull=False))


def _go_on(case: Case, review: Review, *, at: datetime) -> None:
    """Move the process on: open the reviews that waited for this one, or hand the case to the lead authority."""
    opened = {step.key for step in workflow.complete(case.urn, review.key, at=at)}
    next_reviews = list(case.reviews.filter(key__in=opened)) if opened - {"decide"} else []
    for waiting in next_reviews:
        waiting.state, waiting.opened_at = Review.State.OPEN, at
    Review.objects.bulk_update(next_reviews, ["state", "opened_at"])
    if next_reviews:
        deadlines.start_clocks(case.urn, [review_clock(r) for r in next_reviews], at=at)
    case.move(status=Status.AWAITING_DECISION if "decide" in opened else case.status)


@verb
def keep_opinion_draft(*, actor: Actor, review_uuid: UUID, outcome: str, remarks: str) -> None:
    """Keep an opinion begun and not yet given, so that nothing typed is lost."""
    case, review = lock_review(review_uuid)
    permissions.require(actor, "cases.review.decide", review)
    rules.check_may("opinion", case.status)
    remarks = rules.check_text(remarks[:5000], "remarks", rules.REMARK, least=0)
    review.draft = {"outcome": outcome, "remarks": remarks, "by": actor.urn}
    review.save(update_fields=["draft"])


@verb
def transfer_review(
    *, actor: Actor, review_uuid: UUID, to_account: UUID, reason: str, at: datetime, revision: int | None = None
) -> Review:
    """Hand a review to another officer of the same authority."""
    case, review = lock_review(review_uuid, revision=revision)
    permissions.require(actor, "cases.review.transfer", review)
    rules.check_may("transfer", case.status)
    rules.check_transferable(review.state)
    (colleague,) = _chosen([to_account], queries.list_officers([review.organisation_uuid], _OPINION, case=case, at=at))
    reason = rules.check_text(reason, "reason", rules.REASON, least=2)
    review.assigned_urn = colleague["urn"]
    review.save(update_fields=["assigned_urn"])
    case.move(words=reason)
    witness(actor, "cases.review.transferred", case, at=at, review=review.key, to=colleague["urn"], said=True)
    return review


@verb
def release_reviews(*, at: datetime) -> int:
    """Give back what was handed to an officer who has left the post or lost the role: it is free for all again."""
    held = Review.objects.filter(state__in=(Review.State.OPEN, Review.State.WAITING)).exclude(assigned_urn="")
    orphaned = [review for review in held.select_related("case") if not _still_there(review, at=at)]
    for review in orphaned:
        case = lock_case(review.case.uuid)
        case.move()
        case.reviews.filter(pk=review.pk).update(assigned_urn="")
        witness(system_actor("reviews"), "cases.review.released", case, at=at, review=review.key)
    return len(orphaned)


def _still_there(review: Review, *, at: datetime) -> bool:
    able = queries.list_officers([review.organisation_uuid], _OPINION, case=review.case, at=at)
    return review.assigned_urn in {make_urn("identity", "account", officer.account_uuid) for officer in able}


def _chosen(accounts: Sequence[UUID], officers: Sequence[Any]) -> list[dict[str, str]]:
    """Those chosen among these officers, each once. Raises Invalid naming what to do."""
    found = {officer.account_uuid: officer for officer in officers}
    chosen = list(dict.fromkeys(accounts))
    if not all(account in found for account in chosen):
        raise Invalid(rules.NO_SUCH_OFFICER, fields=[FieldError("officers", rules.NO_SUCH_OFFICER)])
    return [
        {
            "urn": make_urn("identity", "account", account),
            "name": found[account].name,
            "organisation_uuid": str(found[account].organisation_uuid),
        }
        for account in chosen
    ]


@verb
def schedule_visit(
    *,
    actor: Actor,
    case_uuid: UUID,
    officer_accounts: Sequence[UUID],
    scheduled_at: datetime,
    place: str,
    at: datetime,
    revision: int | None = None,
) -> SiteVisit:
    """Arrange the one site visit that all reviews needing one share, by at least two officers (行政许可法 34)."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.visit", case)
    rules.check_may("visit", case.status)
    reviews = list(case.reviews.filter(needs_visit=True).exclude(state=Review.State.CLOSED))
    rules.check_visit_wanted(bool(reviews))
    authorities = [case.lead_organisation_uuid, *(r.organisation_uuid for r in reviews)]
    officers = _chosen(officer_accounts, directory.list_officers(authorities, at))
    rules.check_officers(officers, {str(r.organisation_uuid) for r in reviews})
    rules.check_visit_date(scheduled_at, at)
    visit = SiteVisit.objects.create(
        case=case,
        review_keys=[r.key for r in reviews],
        officers=officers,
        scheduled_at=scheduled_at,
        place=rules.check_text(place, "place", rules.PLACE, most=300),
    )
    case.move()
    witness(actor, "cases.visit.scheduled", case, at=at, visit=visit.urn, reviews=visit.review_keys)
    return visit


@verb
def record_visit(
    *,
    actor: Actor,
    visit_uuid: UUID,
    findings: str,
    conducted_at: datetime,
    at: datetime,
    revision: int | None = None,
) -> SiteVisit:
    """Record what the officers found; afterwards the reviews that waited for the visit may give their opinions."""
    visit = SiteVisit.objects.filter(uuid=visit_uuid).select_related("case").first()
    if visit is None:
        raise NotFound
    case = lock_case(visit.case.uuid, revision=revision)
    visit.refresh_from_db()
    permissions.require(actor, "cases.case.visit", case)
    rules.check_may("visit", case.status)
    assert case.accepted_at is not None  # a case in review was accepted
    rules.check_visit_open(visit.conducted_at, conducted_at, case.accepted_at, at)
    visit.findings = rules.check_text(findings, "findings", rules.FINDINGS, least=5)
    visit.conducted_at, visit.recorded_by_urn = conducted_at, actor.urn
    visit.save(update_fields=["findings", "conducted_at", "recorded_by_urn"])
    case.move()
    witness(actor, "cases.visit.recorded", case, at=at, visit=visit.urn, officers=[o["urn"] for o in visit.officers])
    return visit
