"""Searches for duplicates, and pairs to be judged."""

from __future__ import annotations

import uuid as uuids
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import Named


class MatchRun(models.Model):
    """One search for duplicates in a register: how far, and what it found. `since`: only among what was written from
    then on, None for all. `mark`: steps done, of `steps`. `rules`: digest of the definition's rules."""

    class Status(models.TextChoices):
        RUNNING = "running", _("正在查重")  # without a process that holds its lock: was interrupted
        STOPPED = "stopped", _("已中断")
        FINISHED = "finished", _("已完成")

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    rules = models.CharField(max_length=64)
    since = models.DateTimeField(null=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.RUNNING)
    mark = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField()
    compared = models.BigIntegerField(default=0)
    found = models.BigIntegerField(default=0)
    crowded = models.BigIntegerField(default=0)  # groups too large to be compared
    actor_urn = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registers_match_run"
        indexes = [models.Index(fields=["register", "-id"], name="registers_run_of_register")]

    def __str__(self) -> str:
        return f"{self.register} {self.status} {self.mark}/{self.steps}"


class Match(Named, models.Model):
    """Two records that may be one (待核重复), and what was decided. `ways`: by field how they agree, no values.

    `survivor_uuid`: the record that stays after a merge; `taken`: fields whose value came from the other one.
    `authority_uuid`: the organisation that owns the status of such records, and decides.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("待核")
        MERGED = "merged", _("已合并")
        DIFFERENT = "different", _("不是同一个")
        LAPSED = "lapsed", _("不再相似")

    urn_noun = "match"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    first_uuid = models.UUIDField()
    second_uuid = models.UUIDField()
    score = models.FloatField()
    is_sure = models.BooleanField()
    ways = models.JSONField()
    authority_uuid = models.UUIDField()
    found_at = models.DateTimeField()
    run = models.ForeignKey(MatchRun, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    survivor_uuid = models.UUIDField(null=True)
    taken = ArrayField(models.CharField(max_length=40), default=list)
    reason = models.CharField(max_length=500, blank=True)
    decided_by_urn = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registers_match"
        indexes = [
            models.Index(fields=["authority_uuid", "status", "-score", "id"], name="registers_match_to_decide"),
            models.Index(fields=["second_uuid"], name="registers_match_of_second"),
            models.Index(
                fields=["survivor_uuid"], condition=Q(survivor_uuid__isnull=False), name="registers_match_survivor"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["first_uuid", "second_uuid"], name="registers_one_match_of_two")]

    def __str__(self) -> str:
        return f"{self.register} {self.status} {self.score}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_merged(self) -> bool:
        return self.status == self.Status.MERGED

    @property
    def ended_uuid(self) -> uuids.UUID | None:
        """After a merge, the record that ended."""
        if self.survivor_uuid is None:
            return None
        return self.first_uuid if self.survivor_uuid == self.second_uuid else self.second_uuid

    def decide(self, status: Status, *, reason: str, by: str, at: datetime) -> None:
        self.status, self.reason, self.decided_by_urn, self.decided_at = status, reason.strip()[:500], by, at
