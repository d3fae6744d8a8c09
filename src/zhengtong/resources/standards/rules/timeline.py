"""From editions to the time each code was valid. An edition holds until the day before the next one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .tables import Edition, Row

DAY = timedelta(days=1)


@dataclass(slots=True)
class Span:
    """One code with one name below one parent, from its first to its last day, both included. None: open."""

    row: Row
    valid_from: date | None
    valid_to: date | None
    position: int
    is_leaf: bool

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def timeline(editions: Iterable[Edition]) -> list[Span]:
    """Every span of every code. What no edition changes is one span, however many editions repeat it.

    An item's English name, place and whether anything stands below it are those of the newest edition that holds it.
    """
    spans: list[Span] = []
    standing: dict[str, Span] = {}
    for edition in sorted(editions, key=lambda one: one.starts):
        rows = {row.code: row for row in edition.rows}
        parents = {row.parent_code for row in edition.rows}
        for code in [code for code, span in standing.items() if not _goes_on(span, rows.get(code), edition.starts)]:
            _end(standing.pop(code), edition.starts - DAY)
        for position, row in enumerate(edition.rows):
            if row.code not in standing:
                span = Span(row, edition.valid_from, row.valid_to, position, True)
                standing[row.code] = span
                spans.append(span)
            span = standing[row.code]
            span.row, span.valid_to = row, row.valid_to
            span.position, span.is_leaf = position, row.code not in parents
    return spans


def _goes_on(span: Span, row: Row | None, day: date) -> bool:
    """An item whose announced end has come is a new one when it is listed again."""
    if row is None or (span.valid_to is not None and span.valid_to < day - DAY):
        return False
    return (span.row.name, span.row.parent_code, span.row.level) == (row.name, row.parent_code, row.level)


def _end(span: Span, day: date) -> None:
    span.valid_to = min(span.valid_to, day) if span.valid_to else day


def rows_on(spans: Iterable[Span], day: date) -> tuple[Row, ...]:
    """The rows valid on that day, in their order."""
    return tuple(span.row for span in sorted(spans, key=lambda one: one.position) if span.holds_on(day))


def last_days(starts: Sequence[date]) -> list[date | None]:
    """For editions by their first day: each one's last; the newest has none."""
    return [*(following - DAY for following in starts[1:]), None]
