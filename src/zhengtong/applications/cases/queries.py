"""Questions about cases. Lists are filtered by the same policies that guard the verbs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.crypto import constant_time_compare

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.aggregates import together
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import mask_name, whole_number
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity import queries as identity
from zhengtong.security.permissions import queries as permission_queries
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.deadlines.queries import ClockView

from . import rules
from .models import DELIVERABLE, ENDS, Case, DraftEvidence, Paper, Review, Status
from .query_passwords import query_code

PAGE = 30
TODO_MOST = 120
PARTS = ("reviews", "visits", "papers", "comments", "evidence", "submissions")
RECEIPT_ACTIONS = frozenset(
    f"cases.case.{verb}"
    for verb in (
        "submitted",
        "supplemented",
        "accepted",
        "deemed_accepted",
        "supplement_requested",
        "granted",
        "denied",
    )
)
BOXES = ("todo", "open", "done", "all")


def get_case(actor: Actor, case_uuid: UUID, action: str = "cases.case.read") -> Case:
    """One case the actor may see, with its reviews. One query. Raises NotFound, Denied."""
    return _get(actor, case_uuid, action, "reviews")


def get_whole_case(actor: Actor, case_uuid: UUID, action: str = "cases.case.read") -> Case:
    """As `get_case`, with everything `view_case` shows of it, in the same query."""
    return _get(actor, case_uuid, action, *PARTS)


def _get(actor: Actor, case_uuid: UUID, action: str, *parts: str) -> Case:
    wanted = Case.objects.filter(uuid=case_uuid).select_related("decision", "supplement_notice", "rating")
    case = next(iter(together(wanted, *parts)), None)
    if case is None:
        raise NotFound
    permissions.require(actor, action, case)
    return case


def find_by_number(actor: Actor, number: str) -> Case | None:
    """The case with this number, if the actor may see it."""
    return permissions.filter(actor, "cases.case.read", Case.objects.filter(number=number.strip())).first()


def list_found(actor: Actor, words: str, *, at: datetime, by_party: bool = True, limit: int = PAGE) -> list[QueueRow]:
    """Cases the actor may see, by case number or (`by_party`) credit code or identity number; newest first."""
    party = identity.find_party(words) if by_party else None
    wanted = Q(number=words) | Q(applicant_urn=party.urn) if party else Q(number=words)
    cases = permissions.filter(actor, "cases.case.read", Case.objects.filter(wanted).order_by("-id"))[:limit]
    rows = [QueueRow(case, None, "watch") for case in cases]
    clocks = deadlines.clocks_for({row.case.urn for row in rows}, at=at, open_only=True)
    return [QueueRow(r.case, None, r.task, _clock_of(r, clocks[r.case.urn]), _flags(r.case)) for r in rows]


def find_progress(number: str, password: str) -> Case | None:
    """The case for the public progress page: number and query password must both be right."""
    case = Case.objects.filter(number=number.strip()).first()
    code = query_code(number.strip(), password)
    return case if case and constant_time_compare(case.query_code, code) else None


def list_own(actor: Actor, *, box: str = "all", before: int | None = None, limit: int = PAGE) -> list[Case]:
    """The applicant's cases as far as the actor may act on them, newest first; `before`: the last id of the page."""
    cases = Case.objects.order_by("-id")
    if box == "open":
        cases = cases.open()
    elif box == "done":
        cases = cases.filter(status__in=ENDS)
    if before:
        cases = cases.filter(id__lt=before)
    return list(permissions.filter(actor, "cases.case.own", cases)[:limit])


def urns_within_scope(actor: Actor, case_urns: Iterable[str]) -> set[str]:
    """Those of the party's cases on which the actor may act. One query, none where no case is named."""
    uuids = {urn.rpartition(":")[2]: urn for urn in case_urns if ":cases:case:" in urn}
    if not uuids:
        return set()
    own = permissions.filter(actor, "cases.case.own", Case.objects.filter(uuid__in=list(uuids)))
    return {uuids[str(uuid)] for uuid in own.values_list("uuid", flat=True)}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of an officer's queue: the case, what is to be done with it, and the clock that presses most."""

    case: Case
    review: Review | None
    task: str  # accept | review | decide | deliver | watch
    clock: ClockView | None = None
    flags: tuple[str, ...] = ()

    @property
    def applicant(self) -> str:
        return shown_applicant(self.case)


def shown_applicant(case: Case) -> str:
    """A legal entity by its name; a natural person masked."""
    return case.applicant_name if is_legal_entity(case) else mask_name(case.applicant_name)


def is_legal_entity(case: Case) -> bool:
    """Whether a legal entity applies, not a natural person."""
    return ":legal_entity:" in case.applicant_urn


def list_queue(
    actor: Actor, *, box: str = "todo", at: datetime, before: int | None = None, limit: int = PAGE
) -> list[QueueRow]:
    """What lies on the actor's desk: `todo` by days left and at most TODO_MOST, the others newest first."""
    rows = _todo(actor) if box == "todo" else _others(actor, box, before, limit)
    clocks = deadlines.clocks_for({row.case.urn for row in rows}, at=at, open_only=True)
    timed = [
        QueueRow(r.case, r.review, r.task, _clock_of(r, clocks[r.case.urn]), _flags(r.case, r.review)) for r in rows
    ]
    if box == "todo":
        timed.sort(key=lambda row: (row.clock is None, row.clock.left if row.clock else 0, row.case.pk))
    return timed[:TODO_MOST] if box == "todo" else timed


_TASKS = (
    ("cases.case.accept", "accept", Q(status=Status.SUBMITTED)),
    ("cases.case.decide", "decide", Q(status=Status.AWAITING_DECISION)),
    ("cases.case.deliver", "deliver", Q(status__in=DELIVERABLE, delivered_at=None)),
)


def _todo(actor: Actor) -> list[QueueRow]:
    """The most urgent of each task, found by the database, however many there are."""
    rows = []
    for task, cases in _piles_of_cases(actor):
        rows += [QueueRow(case, None, task) for case in _most_urgent(cases, _urn_of("uuid"))]
    return [*rows, *_open_reviews(actor)]


def _open_reviews(actor: Actor) -> list[QueueRow]:
    if not permissions.could(actor, "cases.review.decide"):
        return []
    key = Concat(Value(rules.review_clock_key("")), "key", output_field=TextField())
    reviews = _most_urgent(_reviews_of(actor).select_related("case"), _urn_of("case__uuid"), key=key)
    return [QueueRow(review.case, review, "review") for review in reviews]


def _urn_of(uuid_path: str) -> Concat:
    """The case's URN, put together by the database."""
    return Concat(Value(Case(uuid=UUID(int=0)).urn[:-36]), Cast(uuid_path, TextField()), output_field=TextField())


def _most_urgent(rows: QuerySet[Any], urn: Any, key: Any = None) -> Iterable[Any]:
    """By the due date of the open clock; what stands still, or has no clock, last."""
    named = rows.annotate(clock_of=urn, clock_key=Value("") if key is None else key)
    which = {} if key is None else {"key": OuterRef("clock_key")}
    due = deadlines.earliest_due(OuterRef("clock_of"), **which)
    return named.annotate(due=due).order_by(F("due").asc(nulls_last=True), "id")[:TODO_MOST]


def _others(actor: Actor, box: str, before: int | None, limit: int) -> list[QueueRow]:
    cases = permissions.filter(actor, "cases.case.read", Case.objects.order_by("-id"))
    if box == "open":
        cases = cases.exclude(status__in=ENDS)
    elif box == "done":
        cases = cases.filter(status__in=ENDS)
    if before:
        cases = cases.filter(id__lt=before)
    return [QueueRow(case, None, "watch") for case in cases[:limit]]


def _clock_of(row: QueueRow, clocks: Sequence[ClockView]) -> ClockView | None:
    """A review's own clock; else the most urgent of the case itself."""
    if row.review is not None:
        return review_clock(clocks, row.review.key)
    return pressing_clock(clocks)


def pressing_clock(clocks: Sequence[ClockView]) -> ClockView | None:
    """The open clock of the case itself (not of one review) with the fewest days left."""
    return deadlines.most_urgent([c for c in clocks if c.is_open and c.kind != "review"])


def review_clock(clocks: Sequence[ClockView], review_key: str) -> ClockView | None:
    """The newest clock of one review."""
    wanted = rules.review_clock_key(review_key)
    return next((c for c in reversed(clocks) if c.key == wanted), None)


def _flags(case: Case, review: Review | None = None) -> tuple[str, ...]:
    flags = {"suspended": case.is_suspended, "assigned": review is not None and bool(review.assigned_urn)}
    return tuple(flag for flag, raised in flags.items() if raised)


def count_todo(actor: Actor, ceiling: int = 100) -> int:
    """How much lies on the desk, counted up to the ceiling only."""
    piles: list[QuerySet[Any]] = [cases for _task, cases in _piles_of_cases(actor)]
    if permissions.could(actor, "cases.review.decide"):
        piles.append(_reviews_of(actor))
    if not piles:
        return 0
    first, *others = [pile.order_by().values("pk")[:ceiling] for pile in piles]
    return min((first.union(*others, all=True) if others else first).count(), ceiling)


def _piles_of_cases(actor: Actor) -> list[tuple[str, QuerySet[Case]]]:
    """What waits for somebody in one of the actor's roles, by task: cases led by the actor's authorities."""
    led = Case.objects.filter(lead_organisation_uuid__in=actor.organisation_uuids)
    return [(task, led.filter(lies)) for action, task, lies in _TASKS if permissions.could(actor, action)]


def _reviews_of(actor: Actor) -> QuerySet[Review]:
    """The open reviews of the actor's authorities that are nobody else's."""
    return Review.objects.filter(
        organisation_uuid__in=actor.organisation_uuids, state=Review.State.OPEN, assigned_urn__in=("", actor.urn)
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the case now, until when, and why. `task`: accept, supplement, review or decide."""

    organisation: Any
    task: str
    clock: ClockView | None = None
    title: Any = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One line of a case's history, from the accountability log. `note`: the words that went with the act."""

    uuid: UUID
    action: str
    at: datetime
    title: Any
    note: str
    capacity: str

    @classmethod
    def of(cls, entry: Any, case: Case) -> Act:
        spoken = (entry.detail.get(name) for name in ("reason", "reasons", "result"))  # entries of the first weeks
        note = case.words_of(entry.detail.get("revision")) or next((str(w) for w in spoken if w), "")
        return cls(entry.uuid, entry.action, entry.at, ACTIONS.find(entry.action) or entry.action, note, entry.capacity)


@dataclass(slots=True)
class CaseView:
    """A case with all a page shows of it, read in a handful of queries."""

    case: Case
    reviews: list[Review]
    visits: list[Any]
    papers: list[Paper]
    history: list[Any]
    clocks: list[Any]
    review_clocks: dict[str, Any]
    organisations: dict[UUID, Any]
    holders: list[Holder] = field(default_factory=list)


def view_case(case: Case, *, at: datetime) -> CaseView:
    """Everything about a case for its page: reviews, visits, papers, history and clocks.

    Two queries for a case of `get_whole_case`, and one for authorities that are not kept.
    """
    reviews = _in_order(case.reviews)
    clocks = deadlines.clocks_of(case.urn, at=at)
    organisations = directory.organisations_by_uuid(
        {case.lead_organisation_uuid, *(r.organisation_uuid for r in reviews)}
    )
    view = CaseView(
        case=case,
        reviews=reviews,
        visits=_in_order(case.visits),
        papers=_in_order(case.papers),
        history=_history(case),
        clocks=[c for c in clocks if c.kind != "review"],
        review_clocks={r.key: review_clock(clocks, r.key) for r in reviews},
        organisations=organisations,
    )
    view.holders = _holders(view)
    return view


def _in_order(rows: Any) -> list[Any]:
    return sorted(rows.all(), key=lambda row: row.pk)


def _history(case: Case) -> list[Act]:
    """The acts done on the case, oldest first; refusals and reads are the auditor's, not the page's."""
    entries = audit.list_for_object(case.urn, limit=200)
    return [Act.of(e, case) for e in reversed(entries) if e.outcome == "done" and e.action.startswith("cases.")]


def _holders(view: CaseView) -> list[Holder]:
    """The authorities (or the applicant) with whom the case lies now."""
    case = view.case
    lead = view.organisations.get(case.lead_organisation_uuid)
    name = lead.title if lead else ""
    pressing = pressing_clock(view.clocks)
    if case.status == Status.SUPPLEMENT:
        return [Holder("", "supplement", pressing)]
    if case.status == Status.IN_REVIEW:
        return [
            Holder(view.organisations[r.organisation_uuid].title, "review", view.review_clocks[r.key], r.title)
            for r in view.reviews
            if r.state == Review.State.OPEN and r.organisation_uuid in view.organisations
        ]
    tasks = {Status.SUBMITTED: "accept", Status.AWAITING_DECISION: "decide"}
    if case.status in tasks:
        return [Holder(name, tasks[Status(case.status)], pressing)]
    return []


def is_visit_wanted(view: CaseView) -> bool:
    """Whether an open review needs a site visit that is neither arranged nor recorded yet."""
    covered = {key for visit in view.visits for key in visit.review_keys}
    return any(r.needs_visit and r.state == Review.State.OPEN and r.key not in covered for r in view.reviews)


def is_visited(view: CaseView, review: Review) -> bool:
    """Whether the findings of a visit for this review are recorded."""
    return any(visit.conducted_at and review.key in visit.review_keys for visit in view.visits)


def diagram_states(view: CaseView) -> dict[str, str]:
    """The state of every step for the flow diagram: done, open, waiting or skipped."""
    case = view.case
    begun = "open" if case.status in (Status.SUBMITTED, Status.SUPPLEMENT) else "skipped"
    states = {"accept": "done" if case.accepted_at else begun}
    words = {"closed": "done", "open": "open", "waiting": "waiting", "cancelled": "skipped"}
    states |= {r.key: words[r.state] for r in view.reviews}
    states["decide"] = {Status.AWAITING_DECISION: "open", Status.GRANTED: "done", Status.DENIED: "done"}.get(
        Status(case.status), "waiting"
    )
    return states


def acts_possible(case: Case) -> set[str]:
    """Every act lawful in the present state; whether this actor may is the policies' question."""
    return rules.acts_possible(case.status, suspended=case.is_suspended)


def latest_submission(case: Case) -> dict[str, Any]:
    """The protected data of the last round."""
    return max(case.submissions.all(), key=lambda submission: submission.round).data


def list_comments(case: Case) -> list[Any]:
    """What reviewers remarked before acceptance, oldest first."""
    return _in_order(case.comments)


def list_evidence(case: Case) -> list[Any]:
    """Evidence of the latest round."""
    items = _in_order(case.evidence)
    latest = max((i.round for i in items), default=1)
    return [i for i in items if i.round == latest]


def list_draft_evidence(draft_uuid: UUID) -> list[DraftEvidence]:
    return list(DraftEvidence.objects.filter(draft_uuid=draft_uuid).order_by("id"))


def get_paper(actor: Actor, paper_uuid: UUID) -> Paper:
    """One paper of a case the actor may see. Raises NotFound, Denied."""
    paper = Paper.objects.filter(uuid=paper_uuid).select_related("case").first()
    if paper is None:
        raise NotFound
    permissions.require(actor, "cases.case.read", paper.case)
    return paper


def receipts_of(history: Iterable[Any]) -> list[Any]:
    """Those entries of the history for which the applicant holds a receipt."""
    return [entry for entry in history if entry.action in RECEIPT_ACTIONS]


def reviews_for(actor: Actor, view: CaseView) -> list[Review]:
    """The open reviews on which this officer may give an opinion now."""
    mine = [r for r in view.reviews if r.state == Review.State.OPEN and r.organisation_uuid in actor.organisation_uuids]
    return [r for r in mine if permissions.allows(actor, "cases.review.decide", r)]


def list_officers(organisation_uuids: Iterable[UUID], action: str, *, at: datetime) -> list[Any]:
    """Officers of these authorities whose post brings the permission. Two queries."""
    return able_among(directory.list_officers(organisation_uuids, at), action)


def able_among(officers: Sequence[Any], action: str) -> list[Any]:
    """Those of the officers whose post brings the permission. One query."""
    able = permission_queries.posts_carrying(action, {post for officer in officers for post in officer.post_uuids})
    return [officer for officer in officers if able.intersection(officer.post_uuids)]


def review_facts(reviews: Iterable[Review]) -> list[rules.ReviewFact]:
    return [rules.ReviewFact(r.key, r.state, r.outcome, r.is_optional) for r in reviews]


def number_in(post: Any, name: str) -> int | None:
    """A whole number a form carries (a revision on which its page was drawn), if it is one."""
    return whole_number(post.get(name, ""), 9)
