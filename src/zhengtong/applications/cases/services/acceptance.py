"""Acceptance: accept, refuse, or ask once for all that is missing (行政许可法 32)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.events import services as events
from zhengtong.kernel.transactions import verb
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import queries as deadline_queries
from zhengtong.support.deadlines import services as deadlines
from zhengtong.support.deadlines.queries import ClockView
from zhengtong.support.deadlines.services import ClockStart
from zhengtong.support.forms import services as forms
from zhengtong.support.workflow import services as workflow

from .. import law, rules
from ..events import CaseAccepted, CaseClosed
from ..models import Case, Comment, Review, Status, Submission, SupplementNotice
from .acts import latest_submission, lock_case, tell_applicant, witness
from .papers import issue_paper

_ACCEPTED = ("您的申请已受理", "Your application has been accepted")
_DEEMED = ("您的申请依法视为已受理", "Your application counts as accepted by law")


@verb
def accept_case(*, actor: Actor, case_uuid: UUID, at: datetime, revision: int | None = None) -> Case:
    """Accept the application: the statutory and the promised clock start and the reviews open at once (step 6, 7).

    Too late an acceptance only notes what the law did already (`unanswered`): the clocks run from the receipt.
    """
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.accept", case)
    rules.check_may("accept", case.status)
    latest = latest_submission(case)
    since = unanswered(case, latest, at=at)
    return take_in(actor, "cases.case.accepted", case, latest, since=since, at=at)


def unanswered(case: Case, latest: Submission, *, at: datetime) -> ClockView | None:
    """The acceptance clock, if the five days of the law passed without an answer: from its start the case is accepted.

    The law counts five days whatever the service promises. No question is asked of a case too young for that.
    """
    if not law.may_be_deemed_accepted(case.service_type, latest.submitted_at, at):
        return None
    clocks = deadline_queries.clocks_of(case.urn, at=at)
    clock = next((c for c in clocks if c.key == "acceptance" and c.is_open), None)
    if clock is None:
        return None
    last = deadline_queries.add_working_days(clock.start_date, law.ACCEPTANCE_DAYS)
    return clock if china_date(at) > last else None


def take_in(
    actor: Actor, action: str, case: Case, latest: Submission, *, since: ClockView | None, at: datetime
) -> Case:
    """Open the reviews and start the clocks; those of the law from `since`, if that was the day of acceptance."""
    version = public_services.get_pinned_version(case.service_version_uuid)
    stated = forms.reveal(public_services.form_of(version), latest.data)
    wanted = public_services.applicable_reviews(version, stated)
    opened = workflow.complete(case.urn, "accept", at=at, results=public_services.review_conditions(version, stated))
    reviews = _open_reviews(case, wanted, {step.key for step in opened}, at=at)
    status = Status.IN_REVIEW if reviews else Status.AWAITING_DECISION
    accepted_at = since.started_at if since else at
    case.move(
        status=status, accepted_at=accepted_at, accepted_by_urn=actor.urn, review_organisations=authorities_of(wanted)
    )
    _start_clocks(case, version, reviews, since=since, at=at)
    witness(actor, action, case, at=at, reviews=[r.key for r in reviews], deemed=since is not None)
    issue_paper(case, "accepted", at=at, **_limits(version), deemed_since=since and since.start_date.isoformat())
    tell_applicant(case, "accepted", _DEEMED if since else _ACCEPTED, at=at)
    events.publish(CaseAccepted(case_uuid=str(case.uuid)))
    return case


def authorities_of(wanted: Sequence[Any]) -> list[UUID]:
    """The authorities of these reviews, each once."""
    return list(dict.fromkeys(review.organisation_uuid for review in wanted))


def _limits(version: Any) -> dict[str, int]:
    decision = public_services.get_decision(version)
    return {"statutory_days": decision.statutory_days, "promised_days": decision.promised_days}


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


def _start_clocks(
    case: Case, version: Any, reviews: Sequence[Review], *, since: ClockView | None, at: datetime
) -> None:
    limits, day = _limits(version), since.start_date if since else None
    deadlines.stop(case.urn, "acceptance", at=at)

    def whole(key: str, days: int) -> ClockStart:
        basis = law.basis(case.service_type, key)
        lead = case.lead_organisation_uuid
        return ClockStart(key, key, days, basis=basis, organisation_uuid=lead, start_date=day)

    deadlines.start_clocks(
        case.urn,
        [
            whole("statutory", limits["statutory_days"]),
            whole("promised", limits["promised_days"]),
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
        basis=law.basis(review.case.service_type, "review"),
        organisation_uuid=review.organisation_uuid,
    )


@verb
def refuse_case(*, actor: Actor, case_uuid: UUID, reason: str, at: datetime, revision: int | None = None) -> Case:
    """Refuse to accept, in writing and with the reason (行政许可法 32(1)(2)(5))."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.refuse", case)
    rules.check_may("refuse", case.status)
    rules.check_in_time(late=unanswered(case, latest_submission(case), at=at) is not None)
    reason = rules.check_text(reason, "reason", rules.REASON, least=10)
    case.move(status=Status.REFUSED, decided_at=at, words=reason)
    deadlines.stop(case.urn, None, at=at)
    workflow.cancel(case.urn, at=at)
    witness(actor, "cases.case.refused", case, at=at, said=True)
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
    """Tell the applicant once, and everything, that is missing (行政许可法 32(4)). WrongState at a second try, or when
    the five days are over."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.request_supplement", case)
    rules.check_may("request_supplement", case.status)
    rules.check_first_notice(SupplementNotice.objects.filter(case=case).exists())
    rules.check_in_time(late=unanswered(case, latest_submission(case), at=at) is not None)
    items = rules.check_supplement_items(items)
    reason = rules.check_text(reason, "reason", rules.REASON, least=0, most=1000)
    wanted = "；".join(item["what"] for item in items)
    deadlines.stop(case.urn, "acceptance", at=at)
    clock = deadlines.start_clock(
        case.urn, "supplement", "supplement", law.SUPPLEMENT_ANSWER_DAYS,
        basis=law.basis(case.service_type, "supplement"), at=at,
    )  # fmt: skip
    answer_by = clock.due_date
    assert answer_by is not None  # only a suspended clock has no end, and this one has just started
    notice = SupplementNotice.objects.create(
        case=case, items=items, reason=reason, issued_at=at, answer_by_date=answer_by
    )
    case.move(status=Status.SUPPLEMENT, words=wanted)
    witness(
        actor, "cases.case.supplement_requested", case, at=at, said=True,
        requirements=[item["requirement_key"] for item in items],
    )  # fmt: skip
    issue_paper(case, "supplement", at=at, items=items, reason=reason, answer_by=answer_by.isoformat())
    tell_applicant(
        case, "supplement", ("请补正申请材料", "Please complete your application"), at=at,
        note=wanted,
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
        organisation_uuid=_speaks_for(actor, case),
        by_urn=actor.urn,
        by_name=actor.display_name,
        text=text,
        at=at,
    )


def _speaks_for(actor: Actor, case: Case) -> UUID:
    """The authority in whose name the officer speaks: one that has to do with the case."""
    concerned = {*case.review_organisations, case.lead_organisation_uuid}
    return next(p.organisation_uuid for p in actor.posts if p.organisation_uuid in concerned)
