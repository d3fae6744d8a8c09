"""Clocks and their ledger, and the calendar in force."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from zhengtong.kernel.ids import Named

from .rules import Kind, Ledger, Pause, Unit


class CalendarYear(models.Model):
    """A year whose working days the State Council has announced, with the notice."""

    year = models.PositiveSmallIntegerField(unique=True)
    notice_url = models.URLField(max_length=300, blank=True)

    def __str__(self) -> str:
        return str(self.year)


class Holiday(models.Model):
    """A day that departs from Monday to Friday: off, or a make-up working day."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=60)
    is_off = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CalendarVersion(Named, models.Model):
    """Which calendar is in force: the newest row. `digest` names the contents (rules.calendar.digest)."""

    urn_noun = "calendar"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    digest = models.CharField(max_length=16)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest


class ClockQuerySet(models.QuerySet["Clock"]):
    def open(self) -> ClockQuerySet:
        return self.filter(stopped_at__isnull=True)

    def of(self, subject_urn: str) -> ClockQuerySet:
        return self.filter(subject_urn=subject_urn)


class Clock(Named, models.Model):
    """One time limit of one subject. Start and stop are written once, here; what lies between, in `ClockEntry`.

    `due_date`, `is_suspended`, `is_provisional` and `calendar` are projections of the ledger, kept for sorting lists;
    the truth is derived anew at every reading. `due_date` is empty while a suspension without a planned end is open.
    """

    urn_noun = "clock"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject_urn = models.CharField(max_length=200)
    key = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Kind])
    unit = models.CharField(max_length=10, choices=[(u.value, u.value) for u in Unit])
    days = models.PositiveSmallIntegerField()
    basis = models.JSONField(default=dict)
    organisation_uuid = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    start_date = models.DateField()
    stopped_at = models.DateTimeField(null=True)
    has_entries = models.BooleanField(default=False)
    due_date = models.DateField(null=True)
    is_suspended = models.BooleanField(default=False)
    is_provisional = models.BooleanField(default=False)
    calendar = models.CharField(max_length=16)

    objects = ClockQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_urn"], name="deadlines_clock_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_urn", "key"],
                condition=models.Q(stopped_at__isnull=True),
                name="deadlines_one_open_clock_per_key",
            ),
            models.CheckConstraint(condition=models.Q(days__gt=0), name="deadlines_clock_has_days"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_urn} {self.key}"

    def ledger(self, entries: list[ClockEntry] | None = None) -> Ledger:
        """What the due date is derived from. `entries` in the order in which they were made."""
        entries = entries or []
        extended = sum(entry.days or 0 for entry in entries if entry.kind == EntryKind.EXTENDED)
        return Ledger(self.start_date, Unit(self.unit), self.days, extended, _pauses(entries))


class EntryKind(models.TextChoices):
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    EXTENDED = "extended"


class ClockEntry(models.Model):
    """One line of a clock's ledger. Never changed. `day` is the day in China on which it takes effect.

    `days`: for an extension the working (or natural) days added; for a suspension the days it was announced to take.
    """

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    at = models.DateTimeField()
    day = models.DateField()
    days = models.PositiveSmallIntegerField(null=True)
    planned_until = models.DateField(null=True)
    reason = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"


def _pauses(entries: list[Any]) -> tuple[Pause, ...]:
    pauses: list[Pause] = []
    for entry in entries:
        if entry.kind == EntryKind.SUSPENDED:
            pauses.append(Pause(entry.day, None, entry.planned_until))
        elif entry.kind == EntryKind.RESUMED and pauses:
            pauses[-1] = Pause(pauses[-1].since, entry.day, pauses[-1].planned_until)
    return tuple(pauses)
