"""Questions about clocks and the calendar. Everything shown is derived from the ledger at the moment of asking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.aggregates import rows_of, unpack
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import Texts

from . import rules
from .models import CalendarVersion, CalendarYear, Clock, ClockEntry, EntryKind, Holiday
from .rules import KINDS, LAMPS, REASONS, Calendar, CountedDay, Kind, Lamp, SpecialDay, Unit, Why
from .rules.calendar import digest, read

_calendars: dict[str, Calendar] = {}
_KEPT = 3
_NEWEST = Subquery(CalendarVersion.objects.order_by("-id").values("digest")[:1])


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of a clock's ledger, for showing."""

    kind: str  # suspended | resumed | extended
    at: datetime
    days: int | None
    reason: dict[str, str]


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock as it stands. `used`, `total`, `left` in its unit; `left` is negative when overdue.

    `due_date` is None while a suspension without a planned end is open. `provisional`: the days lie beyond the last
    announced year (暂定). `state`: running | suspended | stopped. A stopped clock shows red if it was stopped late.
    """

    uuid: UUID
    subject_urn: str
    key: str
    kind: Kind
    unit: Unit
    state: str
    started_at: datetime
    start_date: date
    stopped_at: datetime | None
    due_date: date | None
    used: int
    total: int
    left: int
    lamp: Lamp
    provisional: bool
    basis: dict[str, str]
    organisation_uuid: UUID | None

    @property
    def is_open(self) -> bool:
        return self.stopped_at is None

    @property
    def kind_label(self) -> Texts:
        return KINDS[self.kind]

    @property
    def lamp_label(self) -> Texts:
        return LAMPS[self.lamp]

    @property
    def is_overdue(self) -> bool:
        return self.lamp is Lamp.RED


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a clock ends when it does: each day, the ledger and the clause."""

    clock: ClockView
    days: list[CountedDay]
    ledger: list[LedgerLine]
    notices: dict[int, str]  # the State Council's notice of each year touched

    @property
    def rows(self) -> list[tuple[CountedDay, Texts]]:
        """Each day with the reason in both languages, the holiday's name where there is one."""
        return [(day, _reason(day)) for day in self.days]


def get_calendar() -> Calendar:
    """The calendar in force: the newest one loaded, else the one shipped. One small query; kept per process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest FROM support_deadlines_calendarversion ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    return _calendar(row[0] if row else "")


def add_working_days(start: date, days: int) -> date:
    """The working day on which a limit of `days` ends that starts on `start`, which is not counted."""
    return rules.add_working_days(start, days, get_calendar())


def clocks_for(subject_urns: Iterable[str], *, at: datetime, open_only: bool = False) -> dict[str, list[ClockView]]:
    """The clocks of many subjects, oldest first. One query; a subject without clocks has an empty list.

    `open_only`: those not stopped, which is all that a list shows.
    """
    urns = list(subject_urns)
    found: dict[str, list[ClockView]] = {urn: [] for urn in urns}
    if urns:
        clocks = Clock.objects.open() if open_only else Clock.objects.all()
        for clock in _with_ledger(clocks.filter(subject_urn__in=urns)).order_by("id"):
            found[clock.subject_urn].append(clock_view(clock, _ledger(clock), _calendar(_newest(clock)), at))
    return found


def clocks_of(subject_urn: str, *, at: datetime) -> list[ClockView]:
    """The clocks of one subject, oldest first."""
    return clocks_for([subject_urn], at=at)[subject_urn]


def earliest_due(subject_urn: Any, **which: Any) -> Subquery:
    """For sorting rows in the database: the stored due date of the subject's open clock that ends first.

    `subject_urn`: an expression of the outer query, e.g. `OuterRef("urn")`; `which` narrows the clocks (`key`).
    """
    clocks = Clock.objects.open().filter(subject_urn=subject_urn, **which)
    return Subquery(clocks.order_by("due_date").values("due_date")[:1])


def most_urgent(clocks: Iterable[ClockView]) -> ClockView | None:
    """The open clock to show in a list: overdue first, then the one with the fewest days left; suspended ones last."""
    order = {Lamp.RED: 0, Lamp.YELLOW: 1, Lamp.GREEN: 2, Lamp.GREY: 3}
    return min((c for c in clocks if c.is_open), key=lambda c: (order[c.lamp], c.left), default=None)


def explain(clock_uuid: UUID, *, at: datetime) -> Explanation:
    """Each day from the start to the due day (or to today, if that is later or none is known). Raises NotFound."""
    clock = _with_ledger(Clock.objects.filter(uuid=clock_uuid)).first()
    if clock is None:
        raise NotFound(_("没有这个时限。"))
    entries = _ledger(clock)
    view = clock_view(clock, entries, calendar := _calendar(_newest(clock)), at)
    last = max(china_date(view.stopped_at or at), view.due_date or view.start_date, view.start_date)
    days = rules.explain_days(clock.ledger(entries), calendar, last)
    notices = {year: url for year, url in calendar.papers.items() if view.start_date.year <= year <= last.year}
    return Explanation(view, days, [LedgerLine(e.kind, e.at, e.days, e.reason) for e in entries], notices)


def clock_view(clock: Clock, entries: list[ClockEntry], calendar: Calendar, at: datetime) -> ClockView:
    """The clock as it stood at the moment, from its ledger."""
    today, ledger = china_date(clock.stopped_at or at), clock.ledger(entries)
    suspended = clock.stopped_at is None and is_suspended(entries)
    due = rules.due_date(ledger, calendar, today=today)
    total, used = rules.total_days(ledger), rules.used_days(ledger, calendar, today)
    state = "stopped" if clock.stopped_at else "suspended" if suspended else "running"
    return ClockView(
        uuid=clock.uuid, subject_urn=clock.subject_urn, key=clock.key, kind=Kind(clock.kind), unit=Unit(clock.unit),
        state=state, started_at=clock.started_at, start_date=clock.start_date, stopped_at=clock.stopped_at,
        due_date=due, used=used, total=total, left=total - used,
        lamp=rules.lamp(due=due, left=total - used, total=total, on=today, state=state),
        provisional=calendar.is_provisional(due or today), basis=clock.basis, organisation_uuid=clock.organisation_uuid,
    )  # fmt: skip


def is_suspended(entries: Sequence[ClockEntry]) -> bool:
    """Whether the last suspension of the ledger is still open."""
    turns = [e.kind for e in entries if e.kind != EntryKind.EXTENDED]
    return bool(turns) and turns[-1] == EntryKind.SUSPENDED


def entries_of(clocks: Iterable[Clock]) -> dict[int, list[ClockEntry]]:
    """The ledgers of clocks by id; no query if none of them has one."""
    found: dict[int, list[ClockEntry]] = defaultdict(list)
    ids = [clock.pk for clock in clocks if clock.has_entries]
    for entry in ClockEntry.objects.filter(clock__in=ids).order_by("id") if ids else ():
        found[entry.clock_id].append(entry)
    return found


def _reason(day: CountedDay) -> Texts:
    reason = REASONS[day.why]
    if day.why is not Why.HOLIDAY:
        return reason
    return {"zh": f"{day.name}放假", "en": f"{reason['en']} ({day.name})"}


def _with_ledger(clocks: QuerySet[Clock]) -> QuerySet[Clock]:
    """Clocks read with their ledgers and the version of the calendar in force."""
    return clocks.annotate(newest=_NEWEST, ledger_rows=rows_of(Clock, "entries"))


def _newest(clock: Clock) -> str | None:
    return clock.newest  # type: ignore[attr-defined]


def _ledger(clock: Clock) -> list[ClockEntry]:
    return unpack(ClockEntry, clock.ledger_rows)  # type: ignore[attr-defined]


def _calendar(version: str | None) -> Calendar:
    """By version; the empty one is the calendar shipped. Rows changed while they were read are not kept."""
    key = version or ""
    if key not in _calendars:
        calendar = _loaded() if version else read()
        if version and calendar.version != version:
            return calendar
        while len(_calendars) >= _KEPT:
            _calendars.pop(next(iter(_calendars)), None)
        _calendars[key] = calendar
    return _calendars[key]


def _loaded() -> Calendar:
    days = [SpecialDay(h.day, h.name, h.is_off) for h in Holiday.objects.all()]
    papers = dict(CalendarYear.objects.values_list("year", "notice_url"))
    return Calendar(days, papers, digest(days, papers))
