"""Verbs of time limits. They run in the transaction of the verb that calls them, which has locked its own record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, Invalid
from zhengtong.kernel.events.services import publish
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from . import rules
from .events import CalendarChanged, DeadlinesMoved
from .models import CalendarVersion, CalendarYear, Clock, ClockEntry, EntryKind, Holiday
from .queries import ClockView, clock_view, entries_of, get_calendar, is_suspended
from .rules import Calendar, CalendarFault, Kind, Unit
from .rules.calendar import SHIPPED, read

_BATCH = 500
_STOP = """
    UPDATE support_deadlines_clock SET stopped_at = %s
    WHERE subject_urn = %s AND stopped_at IS NULL AND (%s::text IS NULL OR key = %s)
"""


class ClockNotOpen(Conflict):
    code = "clock-not-open"
    title = _("没有正在计算的时限")


class LimitPassed(Conflict):
    """A limit that has ended cannot be extended any more: it stays overdue, for everybody to see."""

    code = "limit-passed"
    title = _("期限已经届满")


@dataclass(frozen=True, slots=True)
class ClockStart:
    """A clock to be started. `basis`: the clause it rests on, {"zh", "en"}.

    `start_date`: the day from which it runs (itself not counted), where that is not the day of the act.
    """

    key: str
    kind: Kind | str
    days: int
    unit: Unit | str = Unit.WORKING
    basis: Mapping[str, str] = field(default_factory=dict)
    organisation_uuid: UUID | None = None
    start_date: date | None = None


def start_clock(
    subject_urn: str, key: str, kind: Kind | str, days: int, unit: Unit | str = Unit.WORKING, *,
    basis: Mapping[str, str], at: datetime, organisation_uuid: UUID | None = None,
) -> ClockView:  # fmt: skip
    """Start one clock. See `start_clocks`."""
    return start_clocks(subject_urn, [ClockStart(key, kind, days, unit, basis, organisation_uuid)], at=at)[0]


def start_clocks(subject_urn: str, starts: Sequence[ClockStart], *, at: datetime) -> list[ClockView]:
    """Start several clocks of one subject with one insert. Raises IntegrityError if one of these keys is running.

    A clock of kind `acceptance` starts with the applicant's act on-line: outside office hours that counts as done on
    the next working day. Every other kind starts on the day of the authority's own act. The start day is not counted.
    """
    calendar = get_calendar()
    clocks = [_new_clock(subject_urn, start, calendar, at) for start in starts]
    Clock.objects.bulk_create(clocks)
    return [clock_view(clock, [], calendar, at) for clock in clocks]


def suspend(
    subject_urn: str, *, reason: Mapping[str, str], at: datetime, planned_days: int | None = None,
    keys: Iterable[str] | None = None,
) -> list[ClockView]:  # fmt: skip
    """Stop counting (行政许可法 art. 45) from this day on; all running clocks, or those named. Raises ClockNotOpen.

    `planned_days`: the working days the applicant was told it would take.
    """
    calendar, day = get_calendar(), china_date(at)
    until = rules.planned_end(day, planned_days, calendar) if planned_days else None

    def entry(clock: Clock) -> ClockEntry:
        return ClockEntry(
            clock=clock, kind=EntryKind.SUSPENDED, at=at, day=day, days=planned_days, planned_until=until, reason=reason
        )

    return _enter(subject_urn, keys, calendar=calendar, at=at, entry=entry, fits=lambda clock: not clock.is_suspended)


def resume(
    subject_urn: str, *, at: datetime, reason: Mapping[str, str] | None = None, keys: Iterable[str] | None = None
) -> list[ClockView]:
    """Count again from this day on. Raises ClockNotOpen if nothing is suspended."""

    def entry(clock: Clock) -> ClockEntry:
        return ClockEntry(clock=clock, kind=EntryKind.RESUMED, at=at, day=china_date(at), reason=reason or {})

    return _enter(subject_urn, keys, calendar=get_calendar(), at=at, entry=entry, fits=lambda clock: clock.is_suspended)


def extend(subject_urn: str, key: str, days: int, *, reason: Mapping[str, str], at: datetime) -> ClockView:
    """Add days to a running limit (行政许可法 art. 42); it does not stop. Raises ClockNotOpen, LimitPassed, Invalid."""
    if days < 1:
        raise Invalid(_("延长的天数必须是正整数。"))

    def entry(clock: Clock) -> ClockEntry:
        return ClockEntry(clock=clock, kind=EntryKind.EXTENDED, at=at, day=china_date(at), days=days, reason=reason)

    return _enter(
        subject_urn, [key], calendar=get_calendar(), at=at, entry=entry, fits=lambda _clock: True, check=_still_running
    )[0]


def stop(subject_urn: str, key: str | None = None, *, at: datetime) -> int:
    """Stop one clock, or all clocks, of a subject for good. Returns how many were open; none is no fault."""
    with connection.cursor() as cursor:
        cursor.execute(_STOP, [at, subject_urn, key, key])
        return int(cursor.rowcount)


def load_calendar(*, actor: Actor, at: datetime, folder: Path = SHIPPED) -> bool:
    """Put the calendar of a folder into force (data/SOURCE.md shows the files). False if it is in force already.

    Open clocks are recomputed afterwards by a job. Raises Invalid naming the file and line at fault,
    permissions.Denied.
    """
    try:
        calendar = read(folder)
    except CalendarFault as fault:
        raise Invalid(_("日历文件无法读取：%(fault)s") % {"fault": fault}) from fault
    return _put_into_force(calendar, actor=actor, at=at)


@verb
def recompute_open_clocks(*, limit: int = _BATCH) -> int:
    """Bring the stored due dates of one batch of open clocks up to the calendar in force. Returns how many it read.

    Announces those that moved. Call it again until it returns 0.
    """
    calendar = get_calendar()
    stale = Clock.objects.open().exclude(calendar=calendar.version).select_for_update(of=("self",), skip_locked=False)
    clocks = list(stale.order_by("id")[:limit])
    entries = entries_of(clocks)
    moves = [move for clock in clocks if (move := _recompute(clock, entries.get(clock.pk, []), calendar))]
    Clock.objects.bulk_update(clocks, ["due_date", "is_provisional", "calendar"])
    if moves:
        publish(DeadlinesMoved(moves=moves))
    return len(clocks)


# -- the steps -----------------------------------------------------------------------------------------------
def _new_clock(subject_urn: str, start: ClockStart, calendar: Calendar, at: datetime) -> Clock:
    if start.days < 1:
        raise Invalid(_("时限必须至少为一天。"))
    kind = Kind(start.kind)
    closes = _closing_time() if kind is Kind.ACCEPTANCE else None
    clock = Clock(
        subject_urn=subject_urn, key=start.key, kind=kind.value, unit=Unit(start.unit).value, days=start.days,
        basis=dict(start.basis), organisation_uuid=start.organisation_uuid, started_at=at,
        start_date=start.start_date or rules.start_date(at, calendar, closes=closes),
    )  # fmt: skip
    _project(clock, [], calendar)
    return clock


def _closing_time() -> time | None:
    """When the office closes, or None if an act on-line counts on its own day (ZT_OFFICE_CLOSES empty)."""
    return time.fromisoformat(settings.ZT_OFFICE_CLOSES) if settings.ZT_OFFICE_CLOSES else None


def _enter(
    subject_urn: str, keys: Iterable[str] | None, *, calendar: Calendar, at: datetime,
    entry: Callable[[Clock], ClockEntry], fits: Callable[[Clock], bool],
    check: Callable[[ClockView], None] = lambda _view: None,
) -> list[ClockView]:  # fmt: skip
    """Write one line into the ledger of each open clock that fits, and project it anew."""
    found = Clock.objects.of(subject_urn).open().select_for_update().order_by("id")
    clocks = [c for c in (found.filter(key__in=list(keys)) if keys is not None else found) if fits(c)]
    if not clocks:
        raise ClockNotOpen(_("没有可以这样操作的时限。"))
    ledgers = entries_of(clocks)
    for clock in clocks:
        check(clock_view(clock, ledgers[clock.pk], calendar, at))
    made = ClockEntry.objects.bulk_create([entry(clock) for clock in clocks])
    for clock, line in zip(clocks, made, strict=True):
        ledgers[clock.pk].append(line)
        clock.has_entries = True
        _project(clock, ledgers[clock.pk], calendar)
    Clock.objects.bulk_update(clocks, ["has_entries", "due_date", "is_suspended", "is_provisional", "calendar"])
    return [clock_view(clock, ledgers[clock.pk], calendar, at) for clock in clocks]


def _still_running(view: ClockView) -> None:
    if view.is_overdue:
        raise LimitPassed(_("期限已于 %(day)s 届满，不能再延长。") % {"day": view.due_date})


def _project(clock: Clock, entries: list[ClockEntry], calendar: Calendar) -> None:
    clock.due_date = rules.due_date(clock.ledger(entries), calendar)
    clock.is_suspended = is_suspended(entries)
    clock.is_provisional = calendar.is_provisional(clock.due_date or clock.start_date)
    clock.calendar = calendar.version


def _recompute(clock: Clock, entries: list[ClockEntry], calendar: Calendar) -> dict[str, Any] | None:
    was = clock.due_date
    _project(clock, entries, calendar)
    if was == clock.due_date:
        return None
    move = {"subject_urn": clock.subject_urn, "key": clock.key, "kind": clock.kind}
    return {**move, "was": _iso(was), "due_date": _iso(clock.due_date)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


@verb
def _put_into_force(calendar: Calendar, *, actor: Actor, at: datetime) -> bool:
    newest = CalendarVersion.objects.select_for_update().order_by("-id").first()
    permissions.require(actor, "deadlines.calendar.load")
    if newest and newest.digest == calendar.version:
        return False
    Holiday.objects.all().delete()
    Holiday.objects.bulk_create(Holiday(day=d.day, name=d.name, is_off=d.is_off) for d in calendar.special.values())
    CalendarYear.objects.all().delete()
    CalendarYear.objects.bulk_create(CalendarYear(year=y, notice_url=u) for y, u in calendar.papers.items())
    version = CalendarVersion.objects.create(digest=calendar.version, loaded_at=at)
    audit.record(actor, "deadlines.calendar.loaded", version, at=at, detail={"digest": calendar.version})
    publish(CalendarChanged(version=calendar.version, last_announced_year=calendar.last_year))
    app.configure_task("zhengtong.support.deadlines.recompute_clocks").defer()
    return True
