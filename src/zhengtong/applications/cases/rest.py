"""The JSON interface of cases: the same verbs as the pages, one operation each."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.idempotency.services import withhold
from zhengtong.security.permissions.services import guard
from zhengtong.support.forms import services as forms

from . import queries, services
from .models import Case
from .services.evidence import EvidenceItem

router = Router(tags=["cases"])
KEY = Field(max_length=80)


class EvidenceIn(Schema):
    """One piece of evidence: a file uploaded before, or a credential held."""

    requirement_key: str = KEY
    file_uuid: UUID | None = None
    credential_uuid: UUID | None = None


class SubmissionIn(Schema):
    service_key: str = KEY
    answers: dict[str, Any] = Field(default_factory=dict, description="To the questions before applying, by key.")
    data: dict[str, Any]
    evidence: list[EvidenceIn] = Field(default_factory=list, max_length=200)


class CaseOut(Schema):
    uuid: UUID
    urn: str
    number: str
    service_key: str
    title: dict[str, str]
    status: str
    is_suspended: bool
    revision: int
    submitted_at: datetime
    accepted_at: datetime | None
    decided_at: datetime | None


class ClockOut(Schema):
    key: str
    kind: str
    state: str
    due_date: Any
    used: int
    total: int
    left: int
    lamp: str
    provisional: bool


class ReviewOut(Schema):
    uuid: UUID
    key: str
    title: dict[str, str]
    organisation_uuid: UUID
    state: str
    outcome: str
    is_optional: bool
    needs_visit: bool


class AcceptedOut(CaseOut):
    reviews: list[ReviewOut]


class CaseDetailOut(AcceptedOut):
    clocks: list[ClockOut]


class SubmittedOut(Schema):
    case: CaseOut
    query_password: str
    receipt: dict[str, Any]


class StatedIn(Schema):
    """What is stated and shown for it: the whole again, not what has changed."""

    data: dict[str, Any]
    evidence: list[EvidenceIn] = Field(default_factory=list, max_length=200)
    revision: int | None = None


class ActIn(Schema):
    """`revision`: the one the caller saw; when the case moved on meanwhile the act is refused with 409."""

    revision: int | None = None


class ReasonIn(ActIn):
    reason: str = Field(max_length=5000)


class SupplementItem(Schema):
    requirement_key: str = KEY
    what: str = Field(max_length=500)


class SupplementIn(ActIn):
    items: list[SupplementItem] = Field(max_length=200)
    reason: str = Field("", max_length=1000)


class WaitingReviewOut(ReviewOut):
    """A review that waits, and the case it belongs to. Nothing of the applicant."""

    case_uuid: UUID
    case_number: str
    service_key: str
    opened_at: datetime | None


class OpinionIn(Schema):
    """`officer`: of a system, the name of the officer of its authority whose opinion this is."""

    outcome: Literal["favourable", "unfavourable"]
    remarks: str = Field(max_length=5000)
    officer: str = Field("", max_length=40)


class DecisionIn(ActIn):
    granted: bool
    reasons: str = Field(max_length=5000)


class DecisionOut(Schema):
    granted: bool
    credentials: list[UUID]
    receipt: dict[str, Any]


def _items(evidence: list[EvidenceIn]) -> list[EvidenceItem]:
    return [EvidenceItem(e.requirement_key, e.file_uuid, e.credential_uuid) for e in evidence]


@router.get("", response=list[CaseOut], summary="My cases")
@guard("cases.case.own")
def list_cases(request: HttpRequest, before: UUID | None = None) -> list[Case]:
    """The cases of the party for whom one acts, newest first, 30 at a time; `before`: the last uuid seen."""
    last = queries.get_case(request.actor, before, "cases.case.own").pk if before else None
    return queries.list_own(request.actor, before=last)


@router.post("", response={201: SubmittedOut}, summary="Submit an application")
@guard("cases.case.submit")
def submit(request: HttpRequest, body: SubmissionIn) -> tuple[int, dict[str, Any]]:
    """File an application under the current version of a service; answers with the signed receipt.

    The query password is told once: the answer to a repeat with the same key has it empty.
    """
    withhold(request, "query_password")
    version_uuid = public_services.find_current_version_uuid(body.service_key)
    if version_uuid is None:
        raise NotFound
    filed = services.submit_case(
        actor=request.actor,
        version_uuid=version_uuid,
        data=body.data | ({forms.ANSWERS: body.answers} if body.answers else {}),
        evidence=_items(body.evidence),
        at=now(),
    )
    return 201, {"case": filed.case, "query_password": filed.query_password, "receipt": filed.receipt}


@router.get("/queue", response=list[CaseOut], summary="Cases of my authority")
@guard("cases.case.list")
def queue(request: HttpRequest, box: Literal["open", "done", "all"] = "open", before: UUID | None = None) -> list[Case]:
    """Cases that one may read as an officer, newest first, 30 at a time; `before`: the last uuid seen."""
    last = queries.get_case(request.actor, before).pk if before else None
    return [row.case for row in queries.list_queue(request.actor, box=box, at=now(), before=last)]


@router.get("/{uuid:case_uuid}", response=CaseDetailOut, summary="One case")
@guard("cases.case.read")
def detail(request: HttpRequest, case_uuid: UUID) -> dict[str, Any]:
    """A case with its reviews and clocks."""
    case = queries.get_case(request.actor, case_uuid)
    view = queries.view_case(case, at=now())
    values = CaseOut.from_orm(case).dict()
    return values | {"reviews": view.reviews, "clocks": [*view.clocks, *filter(None, view.review_clocks.values())]}


@router.post("/{uuid:case_uuid}/accept", response=AcceptedOut, summary="Accept")
@guard("cases.case.accept")
def accept(request: HttpRequest, case_uuid: UUID, body: ActIn) -> Any:
    """Accept; answers with the reviews that are now open or wait for another."""
    case = services.accept_case(actor=request.actor, case_uuid=case_uuid, at=now(), revision=body.revision)
    return CaseOut.from_orm(case).dict() | {"reviews": list(case.reviews.all())}


@router.post("/{uuid:case_uuid}/refuse", response=CaseOut, summary="Refuse to accept")
@guard("cases.case.refuse")
def refuse(request: HttpRequest, case_uuid: UUID, body: ReasonIn) -> Case:
    return services.refuse_case(
        actor=request.actor, case_uuid=case_uuid, reason=body.reason, at=now(), revision=body.revision
    )


@router.post("/{uuid:case_uuid}/supplement-notice", response=CaseOut, summary="Ask once for all that is missing")
@guard("cases.case.request_supplement")
def request_supplement(request: HttpRequest, case_uuid: UUID, body: SupplementIn) -> Case:
    notice = services.request_supplement(
        actor=request.actor,
        case_uuid=case_uuid,
        items=[item.dict() for item in body.items],
        reason=body.reason,
        at=now(),
        revision=body.revision,
    )
    return notice.case


@router.post("/{uuid:case_uuid}/supplement", response=SubmittedOut, summary="Answer the supplement notice")
@guard("cases.case.own")
def submit_supplement(request: HttpRequest, case_uuid: UUID, body: StatedIn) -> dict[str, Any]:
    """Hand in the completed application once, with all its evidence; answers with the signed receipt."""
    filed = services.submit_supplement(
        actor=request.actor,
        case_uuid=case_uuid,
        data=body.data,
        evidence=_items(body.evidence),
        at=now(),
        revision=body.revision,
    )
    return {"case": filed.case, "query_password": "", "receipt": filed.receipt}


@router.post("/{uuid:case_uuid}/withdraw", response=CaseOut, summary="Withdraw")
@guard("cases.case.own")
def withdraw(request: HttpRequest, case_uuid: UUID, body: ReasonIn) -> Case:
    return services.withdraw_case(
        actor=request.actor, case_uuid=case_uuid, reason=body.reason, at=now(), revision=body.revision
    )


@router.post("/{uuid:case_uuid}/decide", response=DecisionOut, summary="Decide")
@guard("cases.case.decide")
def decide(request: HttpRequest, case_uuid: UUID, body: DecisionIn) -> dict[str, Any]:
    """Grant (the credentials are issued at once) or deny."""
    decided = services.decide_case(
        actor=request.actor,
        case_uuid=case_uuid,
        granted=body.granted,
        reasons=body.reasons,
        at=now(),
        revision=body.revision,
    )
    decision = decided.decision
    return {"granted": decision.is_granted, "credentials": decision.credential_uuids, "receipt": decided.receipt}


@router.get("/reviews", response=list[WaitingReviewOut], summary="Reviews that wait for the system's own authority")
@guard("cases.review.list")
def waiting_reviews(request: HttpRequest, before: UUID | None = None) -> list[dict[str, Any]]:
    """For registered systems with the scope `reviews.read`: the newest first, 50 at a time; `before`: the last uuid."""
    return [
        {
            **ReviewOut.from_orm(row).dict(), "case_uuid": row.case.uuid, "case_number": row.case.number,
            "service_key": row.case.service_key, "opened_at": row.opened_at,
        }
        for row in queries.list_reviews_for(request.actor, before=before)
    ]  # fmt: skip


@router.post("/reviews/{uuid:review_uuid}/opinion", response=ReviewOut, summary="Give an opinion")
@guard("cases.review.decide")
def opinion(request: HttpRequest, review_uuid: UUID, body: OpinionIn) -> Any:
    """By an officer, or by a registered system of the reviewing authority with the scope `reviews.decide`, which names
    the officer."""
    return services.record_opinion(
        actor=request.actor, review_uuid=review_uuid, outcome=body.outcome, remarks=body.remarks,
        officer=body.officer, at=now(),
    )  # fmt: skip
