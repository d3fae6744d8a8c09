"""Lists of cases, filtered by the same policies that guard the verbs; each row with the clock that presses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.texts import mask_name
from zhengtong.security.identity import queries as identity
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.deadlines.queries import ClockView

from .. import rules
from ..models import DELIVERABLE, ENDS, Case, Review, Status

PAGE = 30
TODO_MOST = 120
BOXES = ("todo", "open", "done", "all")


def list_found(actor: Actor, words: str, *, at: datetime, by_party: bool = True, limit: int = PAGE) -> list[QueueRow]:
    """Cases the actor may see, by case number or (`by_party`) credit code or identity number; newest first."""
    party = identity.find_party(words) if by_party else None
    wanted = Q(number=words) | Q(applicant_urn=party.urn) if party else Q(number=words)
    cases = permissions.filter(actor, "cases.case.read", Case.objects.filter(wanted).order_by("-id"))[:limit]
    rows = [QueueRow(case, None, "watch") for case in cases]
    clocks = deadlines.clocks_for({row.case.urn for row in rows}, at=at, open_only=True)
    return [QueueRow(r.case, None, r.task, _clock_of(r, clocks[r.case.urn]), _flags(r.case)) for r in rows]


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
    actor: Actor, *, box: str = "todo", at: datetime, before: int | None = None, skip: int = 0, limit: int = PAGE
) -> list[QueueRow]:
    """What lies on the actor's desk: `todo` by due date, from `skip` on, at most to TODO_MOST; others newest first."""
    rows = _todo(actor, skip, min(limit, TODO_MOST - skip)) if box == "todo" else _others(actor, box, before, limit)
    clocks = deadlines.clocks_for({row.case.urn for row in rows}, at=at, open_only=True)
    return [
        QueueRow(r.case, r.review, r.task, _clock_of(r, clocks[r.case.urn]), _flags(r.case, r.review)) for r in rows
    ]


_TASKS = (
    ("cases.case.accept", "accept", Q(status=Status.SUBMITTED)),
    ("cases.case.decide", "decide", Q(status=Status.AWAITING_DECISION)),
    ("cases.case.deliver", "deliver", Q(status__in=DELIVERABLE, delivered_at=None)),
)


def _todo(actor: Actor, skip: int, limit: int) -> list[QueueRow]:
    """The most urgent over all tasks: of each no more is read than could be shown."""
    if limit < 1:
        return []
    most = skip + limit
    piles = [(task, _most_urgent(cases, _urn_of("uuid"), most)) for task, cases in _piles_of_cases(actor, most)]
    found = [(case.due, QueueRow(case, None, task)) for task, cases in piles for case in cases]
    found += [(review.due, QueueRow(review.case, review, "review")) for review in _open_reviews(actor, most)]
    found.sort(key=_by_due)
    return [row for _due, row in found[skip:most]]


def _by_due(found: tuple[date | None, QueueRow]) -> tuple[date, datetime, int]:
    due, row = found
    return due or date.max, row.case.decided_at or row.case.submitted_at, row.case.pk


def _open_reviews(actor: Actor, most: int) -> Iterable[Any]:
    if not permissions.could(actor, "cases.review.decide"):
        return []
    key = Concat(Value(rules.review_clock_key("")), "key", output_field=TextField())
    return _most_urgent(_reviews_of(actor).select_related("case"), _urn_of("case__uuid"), most, key=key)


def _urn_of(uuid_path: str) -> Concat:
    """The case's URN, put together by the database."""
    return Concat(Value(Case(uuid=UUID(int=0)).urn[:-36]), Cast(uuid_path, TextField()), output_field=TextField())


def _most_urgent(rows: QuerySet[Any], urn: Any, most: int, key: Any = None) -> Iterable[Any]:
    """By the due date (`due`) of the open clock; what stands still, or has no clock, last."""
    named = rows.annotate(clock_of=urn, clock_key=Value("") if key is None else key)
    which = {} if key is None else {"key": OuterRef("clock_key")}
    due = deadlines.earliest_due(OuterRef("clock_of"), **which)
    return named.annotate(due=due).order_by(F("due").asc(nulls_last=True), "id")[:most]


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


def _piles_of_cases(actor: Actor, most: int | None = None) -> list[tuple[str, QuerySet[Case]]]:
    """What waits for somebody in one of the actor's roles, by task: cases on which the actor may do it.

    What is to be delivered may pile up without end where nobody confirms; with `most` only the first decided are
    looked at, which are the first due.
    """
    piles = {
        task: permissions.filter(actor, action, Case.objects.filter(lies))
        for action, task, lies in _TASKS
        if permissions.could(actor, action)
    }
    if most and "deliver" in piles:
        first = piles["deliver"].order_by("decided_at", "id").values("pk")[:most]
        piles["deliver"] = Case.objects.filter(pk__in=first)
    return list(piles.items())


def _reviews_of(actor: Actor) -> QuerySet[Review]:
    """The open reviews on which the actor may give an opinion."""
    return permissions.filter(actor, "cases.review.decide", Review.objects.filter(state=Review.State.OPEN))


def has_desk(actor: Actor) -> bool:
    """Whether work may lie on the actor's desk; who only supervises has none."""
    return any(permissions.could(actor, action) for action in (*(task[0] for task in _TASKS), "cases.review.decide"))
