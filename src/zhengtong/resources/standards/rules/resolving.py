"""Follow a code through the years: its names, its successors, where the trail ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from .tables import Change, Row
from .timeline import Span

DAY = timedelta(days=1)
MOST_STEPS = 100


class Outcome(StrEnum):
    """What became of the code."""

    SAME = "same"  # valid on both days, under one name
    RENAMED = "renamed"  # the same code under another name
    REPLACED = "replaced"  # one other code today
    SEVERAL = "several"  # several codes today
    ABOLISHED = "abolished"  # no code today takes its place, or none is known
    NOT_YET = "not_yet"  # not valid on the first day: it came later, or had ended before
    UNKNOWN = "unknown"  # never in the table


@dataclass(frozen=True, slots=True)
class Step:
    """One change on the way. `after`: the day until which it surely had not happened (the list before)."""

    on_day: date
    kind: str
    from_code: str
    from_name: str
    to_code: str
    to_name: str
    source: str = ""
    is_inferred: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where a code of one day stands on another: `ends` with the chain of `steps` that leads there.

    `is_certain`: no step was inferred, and no branch of the trail is lost.
    """

    code: str
    name: str
    from_day: date | None
    to_day: date
    outcome: Outcome
    ends: tuple[Row, ...] = ()
    steps: tuple[Step, ...] = ()
    is_certain: bool = True
    periods: tuple[tuple[date | None, date | None, str], ...] = ()

    @property
    def successor(self) -> Row | None:
        """The one code of the later day, where there is just one."""
        return self.ends[0] if len(self.ends) == 1 else None


class Book:
    """A table with its whole past, in memory. Immutable; shared by the requests of a process."""

    def __init__(self, spans: Iterable[Span], changes: Iterable[Change]) -> None:
        self.spans: dict[str, list[Span]] = defaultdict(list)
        for span in spans:
            self.spans[span.row.code].append(span)
        for of_code in self.spans.values():
            of_code.sort(key=lambda span: span.valid_from or date.min)
        self.changes: dict[str, list[Change]] = defaultdict(list)
        for change in sorted(changes, key=lambda change: (change.on_day, change.to_code)):
            self.changes[change.from_code].append(change)

    def span_on(self, code: str, day: date) -> Span | None:
        return next((span for span in self.spans.get(code, ()) if span.holds_on(day)), None)

    def rows_on(self, day: date) -> dict[str, Row]:
        """Every code valid on that day, in the order of the table."""
        held = [span for spans in self.spans.values() for span in spans if span.holds_on(day)]
        return {span.row.code: span.row for span in sorted(held, key=lambda span: span.position)}

    def next_changes(self, code: str, after: date, until: date) -> list[Change]:
        """The changes of the first day on which there are any, after one day and not after the other."""
        found = [change for change in self.changes.get(code, ()) if after < change.on_day <= until]
        return [change for change in found if change.on_day == found[0].on_day]


def resolve(book: Book, code: str, *, from_day: date | None, to_day: date) -> Resolution:
    """`from_day` None: the code's newest meaning on or before `to_day`. Looks forward only."""
    spans = book.spans.get(code, [])
    if not spans:
        return Resolution(code, "", from_day, to_day, Outcome.UNKNOWN, is_certain=True)
    start = book.span_on(code, from_day) if from_day else _newest(spans, to_day)
    if start is None or (from_day and to_day < from_day and not start.holds_on(to_day)):
        return Resolution(code, spans[-1].row.name, from_day, to_day, Outcome.NOT_YET, periods=_periods(spans))
    trail = _Trail(book, to_day)
    trail.follow(code, from_day or min(start.valid_to or to_day, to_day))
    return Resolution(
        code, start.row.name, from_day, to_day, _outcome(code, start.row.name, trail), tuple(trail.ends.values()),
        tuple(trail.steps), not trail.is_lost and not any(step.is_inferred for step in trail.steps), _periods(spans),
    )  # fmt: skip


def _newest(spans: list[Span], day: date) -> Span | None:
    begun = [span for span in spans if span.valid_from is None or span.valid_from <= day]
    return begun[-1] if begun else None


def _periods(spans: Iterable[Span]) -> tuple[tuple[date | None, date | None, str], ...]:
    return tuple((span.valid_from, span.valid_to, span.row.name) for span in spans)


def _outcome(code: str, name: str, trail: _Trail) -> Outcome:
    if not trail.ends:
        return Outcome.ABOLISHED
    if len(trail.ends) > 1:
        return Outcome.SEVERAL
    end = next(iter(trail.ends.values()))
    if end.code != code:
        return Outcome.REPLACED
    return Outcome.SAME if end.name == name else Outcome.RENAMED


@dataclass
class _Trail:
    """What has been found on the way so far."""

    book: Book
    to_day: date
    ends: dict[str, Row] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    seen: set[tuple[str, date]] = field(default_factory=set)
    is_lost: bool = False

    def follow(self, code: str, day: date) -> None:
        waiting = [(code, day)]
        while waiting and len(self.steps) < MOST_STEPS:
            here = waiting.pop(0)
            if here not in self.seen:
                self.seen.add(here)
                waiting += self._onward(*here)

    def _onward(self, code: str, day: date) -> Iterator[tuple[str, date]]:
        span = self.book.span_on(code, day)
        if span is None:
            self.is_lost = True
            return
        ended = span.valid_to + DAY if span.valid_to and span.valid_to < self.to_day else None
        changes = self.book.next_changes(code, day, min(ended or self.to_day, self.to_day))
        if changes:
            yield from self._by_changes(span.row, changes)
        elif ended is None:
            self.ends[code] = span.row
        else:
            yield from self._by_itself(span.row, ended)

    def _by_changes(self, row: Row, changes: list[Change]) -> Iterator[tuple[str, date]]:
        for change in changes:
            target = self.book.span_on(change.to_code, change.on_day) if change.to_code else None
            self.steps.append(
                Step(
                    change.on_day, change.kind, row.code, row.name, change.to_code,
                    target.row.name if target else "", change.source, change.is_inferred,
                )
            )  # fmt: skip
            if target:
                yield change.to_code, change.on_day

    def _by_itself(self, row: Row, ended: date) -> Iterator[tuple[str, date]]:
        """The code goes on under another name or parent; or it ends, and nobody says in what."""
        following = self.book.span_on(row.code, ended)
        if following is None:
            self.is_lost = True
            self.steps.append(Step(ended, "ended", row.code, row.name, "", ""))
            return
        if following.row.name != row.name:
            self.steps.append(Step(ended, "renamed", row.code, row.name, row.code, following.row.name))
        yield row.code, ended
