"""History on both times (有效时间与登记时间): pure functions on the versions of one record.

A version says: from `valid_from` until before `valid_to` (None: still) these values held, as known from `recorded_at`
until `superseded_at` (None: still believed). Of the versions still believed, exactly one covers each day since the
first; nothing is overwritten: a version that is believed no more is closed and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Version:
    """What held of a record for a time, as known for a time. `key` is its row, None for one not stored yet."""

    values: Mapping[str, Any]
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None = None
    key: Any = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def is_known_at(self, moment: datetime) -> bool:
        return self.recorded_at <= moment and (self.superseded_at is None or moment < self.superseded_at)


@dataclass(frozen=True, slots=True)
class Change:
    """What a write does: versions believed no more, and versions in their place, in the order of their validity."""

    closed: tuple[Version, ...] = ()
    added: tuple[Version, ...] = ()
    fields: frozenset[str] = field(default_factory=frozenset)  # that have another value now


def put(
    believed: Sequence[Version], values: Mapping[str, Any], *, since: date, until: date | None, at: datetime
) -> Change:
    """From `since` until before `until` (None: from then on) the record has these values.

    `believed` are the versions not superseded. Days before the first version get none: `since` may not be earlier.
    Versions to which it changes nothing stay as they are. Raises ValueError for an empty or too early period.
    """
    first = min(version.valid_from for version in believed)
    if since < first or (until is not None and until <= since):
        raise ValueError(f"no period within the record's: {since} to {until}, which begins {first}")
    closed: list[Version] = []
    added: list[Version] = []
    changed: set[str] = set()
    for version in sorted(believed, key=lambda v: v.valid_from):
        differing = {name for name, value in values.items() if version.values.get(name) != value}
        if not differing or not _overlap(version, since, until):
            continue
        changed |= differing
        closed.append(replace(version, superseded_at=at))
        added += _pieces(version, values, since, until, at)
    return Change(tuple(closed), tuple(_joined(added)), frozenset(changed))


def put_back(believed: Sequence[Version], before: Version, *, made_at: datetime, at: datetime) -> Change | None:
    """What was written at `made_at` never was: since `before` begins, `before` holds again, exactly.

    None where something else was written about those days since then.
    """
    since = [version for version in believed if version.valid_to is None or version.valid_to > before.valid_from]
    if not since or any(v.recorded_at != made_at or v.valid_from < before.valid_from for v in since):
        return None
    last = max(since, key=lambda version: version.valid_from)
    fields = frozenset(name for name, value in before.values.items() if last.values.get(name) != value)
    again = replace(before, recorded_at=at, superseded_at=None, key=None)
    return Change(tuple(replace(one, superseded_at=at) for one in since), (again,), fields)


def _overlap(version: Version, since: date, until: date | None) -> bool:
    begins_before_end = until is None or version.valid_from < until
    return begins_before_end and (version.valid_to is None or since < version.valid_to)


def _pieces(
    version: Version, values: Mapping[str, Any], since: date, until: date | None, at: datetime
) -> Iterable[Version]:
    """A version cut at the borders of the period: before it, in it with the new values, after it."""
    begin, end = max(version.valid_from, since), _earlier(version.valid_to, until)
    fresh = replace(version, recorded_at=at, superseded_at=None, key=None)
    if version.valid_from < begin:
        yield replace(fresh, valid_to=begin)
    yield replace(fresh, values={**version.values, **values}, valid_from=begin, valid_to=end)
    if end is not None and (version.valid_to is None or end < version.valid_to):
        yield replace(fresh, valid_from=end)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)


def _joined(versions: Iterable[Version]) -> list[Version]:
    """Neighbours of the same values are one."""
    found: list[Version] = []
    for version in versions:
        if found and found[-1].valid_to == version.valid_from and found[-1].values == version.values:
            found[-1] = replace(found[-1], valid_to=version.valid_to)
        else:
            found.append(version)
    return found


def as_of(versions: Iterable[Version], *, on: date, known: datetime) -> Version | None:
    """What was true on a day, as known at a moment; None before the record began or was known."""
    return next((v for v in versions if v.holds_on(on) and v.is_known_at(known)), None)
