"""The lead authority's decision, what follows from it, and the applicant's rating (journey steps 10 to 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.compiled import insert
from zhengtong.kernel.events import services as events
from zhengtong.kernel.transactions import verb
from zhengtong.resources.credentials import services as credentials
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import services as deadlines
from zhengtong.support.forms import services as forms
from zhengtong.support.rendering import services as rendering
from zhengtong.support.workflow import services as workflow

from .. import law, rules
from ..events import CaseClosed
from ..models import Case, Decision, Rating, Review, Status
from .acts import latest_submission, lock_case, tell_applicant, witness
from .papers import issue_paper


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and the signed receipt of the act."""

    decision: Decision
    receipt: dict[str, Any]


@verb
def decide_case(
    *, actor: Actor, case_uuid: UUID, granted: bool, reasons: str, at: datetime, revision: int | None = None
) -> Decided:
    """Grant or deny. Granting issues the credentials in the same transaction; denying names reasons and remedies.

    Raises Denied (four eyes), WrongState, Conflict (stale page), Invalid (an unfavourable mandatory opinion).
    """
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.decide", case)
    rules.check_may("decide", case.status, suspended=case.is_suspended)
    reviews = list(case.reviews.all())
    reasons = rules.check_decision(granted=granted, reasons=reasons, reviews=[_fact(r) for r in reviews])
    version = public_services.get_pinned_version(case.service_version_uuid)
    issued = _issue(actor, case, version, reviews, at=at) if granted else []
    decision = insert(
        Decision(
            case=case,
            is_granted=granted,
            reasons=reasons,
            decided_by_urn=actor.urn,
            decided_by_name=actor.display_name,
            decided_at=at,
            credential_uuids=[str(c.uuid) for c in issued],
        )
    )
    case.move(status=Status.GRANTED if granted else Status.DENIED, decided_at=at, words=reasons)
    workflow.complete(case.urn, "decide", at=at)
    deadlines.stop(case.urn, None, at=at)
    deadlines.start_clock(
        case.urn, "delivery", "delivery", public_services.get_decision(version).delivery_days,
        basis=law.basis(case.service_type, "delivery"), at=at, organisation_uuid=case.lead_organisation_uuid,
    )  # fmt: skip
    return Decided(decision, _witness_decision(actor, case, decision, version, issued, at=at))


def _fact(review: Review) -> rules.ReviewFact:
    return rules.ReviewFact(review.key, review.state, review.outcome, review.is_optional)


def _witness_decision(
    actor: Actor, case: Case, decision: Decision, version: Any, issued: Sequence[Any], *, at: datetime
) -> dict[str, Any]:
    kind = "granted" if decision.is_granted else "denied"
    entry = witness(actor, f"cases.case.{kind}", case, at=at, said=True, credentials=decision.credential_uuids)
    outputs = [credential.title["zh"] for credential in issued]
    days = public_services.get_decision(version).delivery_days
    issue_paper(case, kind, at=at, reasons=decision.reasons, outputs=outputs, law=_law_of(version), delivery_days=days)
    texts = {
        "granted": ("您的申请已获准予", "Your application has been granted"),
        "denied": ("您的申请未获准予", "Your application has been denied"),
    }
    tell_applicant(case, kind, texts[kind], at=at, note=decision.reasons)
    events.publish(CaseClosed(case_uuid=str(case.uuid)))
    return audit.receipt(entry)


def _law_of(version: Any) -> str:
    """The first clause the service rests on, as papers quote it."""
    clauses = version.manifest.get("law") or []
    return f"《{clauses[0]['title']['zh']}》{clauses[0]['article']['zh']}" if clauses else ""


def _issue(actor: Actor, case: Case, version: Any, reviews: Sequence[Review], *, at: datetime) -> list[Any]:
    """Issue every output whose condition holds; an optional review's refusal withholds only its own output."""
    stated = forms.reveal(public_services.form_of(version), latest_submission(case).data)
    favourable = {r.key for r in reviews if r.outcome == "favourable"}
    return [
        credentials.issue(
            actor,
            type_key=output.credential_type,
            template=output.template,
            terms=credentials.Terms(output.validity_months, output.holder_kind),
            holder_urn=case.applicant_urn,
            data=output.data,
            organisation_uuid=output.organisation_uuid,
            decided_by=case.lead_organisation_uuid,
            case_urn=case.urn,
            service_key=case.service_key,
            at=at,
        )
        for output in public_services.outputs(version, stated, favourable)
    ]


@verb
def deliver(*, actor: Actor, case_uuid: UUID, channel: str, at: datetime, revision: int | None = None) -> Case:
    """Record that the decision reached the applicant (within 10 working days, 行政许可法 44)."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.deliver", case)
    return _deliver(actor, case, channel, at=at)


@verb
def collect(*, actor: Actor, case_uuid: UUID, at: datetime) -> Case:
    """The applicant opened the decision online: that is delivery. A second opening changes nothing."""
    case = lock_case(case_uuid)
    permissions.require(actor, "cases.case.own", case)
    return case if case.delivered_at else _deliver(actor, case, "online", at=at)


def _deliver(actor: Actor, case: Case, channel: str, *, at: datetime) -> Case:
    rules.check_may("deliver", case.status)
    rules.check_not_delivered(case.delivered_at)
    rules.check_channel(channel)
    case.move(delivered_at=at)
    deadlines.stop(case.urn, "delivery", at=at)
    witness(actor, "cases.case.delivered", case, at=at, channel=channel)
    issue_paper(case, "delivery", at=at, channel=channel, documents=_delivered(case))
    return case


def _delivered(case: Case) -> list[str]:
    """What is handed over, by name: the paper of the decision, and the credentials it brought."""
    paper = case.papers.filter(kind=case.status).latest("id")
    return [rendering.paper_title(paper.kind, paper.data), *paper.data.get("outputs", [])]


@verb
def rate_case(*, actor: Actor, case_uuid: UUID, score: int, remarks: str, at: datetime) -> Rating:
    """The applicant's rating, once a case (GB/T 39735)."""
    case = lock_case(case_uuid)
    permissions.require(actor, "cases.case.own", case)
    rules.check_may("rate", case.status)
    rules.check_first_rating(Rating.objects.filter(case=case).exists())
    score = rules.check_score(score)
    remarks = rules.check_text(remarks[:2000], "remarks", rules.REMARK, least=0)
    rating = Rating.objects.create(case=case, score=score, remarks=remarks, by_urn=actor.urn, rated_at=at)
    witness(actor, "cases.case.rated", case, at=at, score=score)
    return rating
