"""A case as its page shows it: who has it, what was done, the clocks, the diagram."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.actors import Actor
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.deadlines.queries import ClockView

from ..models import Case, Paper, Review, Status
from .lists import pressing_clock, review_clock
from .one import in_order


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
    reviews = in_order(case.reviews)
    clocks = deadlines.clocks_of(case.urn, at=at)
    organisations = directory.organisations_by_uuid(
        {case.lead_organisation_uuid, *(r.organisation_uuid for r in reviews)}
    )
    view = CaseView(
        case=case,
        reviews=reviews,
        visits=in_order(case.visits),
        papers=in_order(case.papers),
        history=_history(case),
        clocks=[c for c in clocks if c.kind != "review"],
        review_clocks={r.key: review_clock(clocks, r.key) for r in reviews},
        organisations=organisations,
    )
    view.holders = _holders(view)
    return view


def _history(case: Case) -> list[Act]:
    """The acts done on the case, oldest first; refusals and reads are the auditor's, not the page's."""
    acts = {action for action in ACTIONS if action.startswith("cases.")}
    return [Act.of(entry, case) for entry in reversed(audit.list_for_object(case.urn, limit=200, done=acts))]


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


def reviews_for(actor: Actor, view: CaseView) -> list[Review]:
    """The open reviews on which this officer may give an opinion now."""
    mine = [r for r in view.reviews if r.state == Review.State.OPEN and r.organisation_uuid in actor.organisation_uuids]
    return [r for r in mine if permissions.allows(actor, "cases.review.decide", r)]
