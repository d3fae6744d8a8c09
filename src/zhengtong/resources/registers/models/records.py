"""Definitions that were published, and what authorities did. The records themselves lie in compiled tables."""

from __future__ import annotations

import uuid as uuids

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import Named
from zhengtong.security.crypto.providers import EncryptedTextField


class RegisterVersion(models.Model):
    """A definition that was published. One version of each register is in force; earlier ones stay to be read."""

    key = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    digest = models.CharField(max_length=64)
    steps = models.JSONField(default=list)  # what publishing it changed, in words
    published_at = models.DateTimeField()
    published_by_urn = models.CharField(max_length=300)
    is_in_force = models.BooleanField(default=True)

    class Meta:
        db_table = "registers_version"
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="registers_version_number"),
            models.UniqueConstraint(fields=["key"], condition=Q(is_in_force=True), name="registers_one_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.number}"


class Act(models.Model):
    """What an authority did to one record, or (without a record) to many at once. Values stand in the record's past.

    `document`: the paper a correction rests on. `since`: from which day it holds.
    """

    class Kind(models.TextChoices):
        ENTERED = "entered", _("登记")
        AMENDED = "amended", _("变更")
        CORRECTED = "corrected", _("更正")
        LOADED = "loaded", _("批量装入")
        MERGED = "merged", _("合并重复记录")
        UNMERGED = "unmerged", _("撤销合并")

    register = models.CharField(max_length=30)
    record_uuid = models.UUIDField(null=True)
    kind = models.CharField(max_length=20, choices=Kind)
    fields = ArrayField(models.CharField(max_length=40), default=list)
    authorities = ArrayField(models.CharField(max_length=50), default=list)
    since = models.DateField()
    reason = models.CharField(max_length=500, blank=True)
    document = models.CharField(max_length=300, blank=True)
    actor_urn = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        db_table = "registers_act"
        indexes = [models.Index(fields=["record_uuid", "-id"], name="registers_act_of_record")]

    def __str__(self) -> str:
        return f"{self.register} {self.kind} {self.at:%Y-%m-%d}"


class ReadGrant(Named, models.Model):
    """An authority lets an organisation read some of its fields of a register whole, for some purposes (共享授权).

    `until`: the last day on which it holds, None without end. It is revoked, never changed.
    """

    urn_noun = "grant"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    authority = models.CharField(max_length=50)
    provider_uuid = models.UUIDField()  # the organisation of that authority
    consumer_uuid = models.UUIDField()
    fields = ArrayField(models.CharField(max_length=40))
    purposes = ArrayField(models.CharField(max_length=30))
    basis = models.CharField(max_length=500)
    since = models.DateField()
    until = models.DateField(null=True)
    granted_by_urn = models.CharField(max_length=300)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by_urn = models.CharField(max_length=300, blank=True)
    revoked_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "registers_grant"
        indexes = [
            models.Index(fields=["consumer_uuid", "register"], name="registers_grant_of_consumer"),
            models.Index(fields=["register", "-id"], name="registers_grant_of_register"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="registers_grant_for_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.authority} {self.since}"


class Dispute(Named, models.Model):
    """Somebody says that a value is wrong (疑义核查); the authority of the field answers within its time limit.

    `stated`: what it should be, as the disputer says. `party_urn`: the party that disputes a value about itself;
    `organisation_uuid`: the organisation of an official who does.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("核查中")
        UPHELD = "upheld", _("属实，已更正")
        REJECTED = "rejected", _("经核查无误")

    urn_noun = "dispute"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    record_uuid = models.UUIDField()
    field = models.CharField(max_length=40)
    stated = EncryptedTextField()
    reason = EncryptedTextField()
    authority = models.CharField(max_length=50)
    authority_uuid = models.UUIDField()
    raised_by_urn = models.CharField(max_length=300)
    party_urn = models.CharField(max_length=300, blank=True)
    organisation_uuid = models.UUIDField(null=True)
    raised_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    answer = EncryptedTextField(null=True)
    answered_by_urn = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registers_dispute"
        indexes = [
            models.Index(fields=["authority_uuid", "status", "id"], name="registers_dispute_to_answer"),
            models.Index(fields=["organisation_uuid", "-id"], name="registers_dispute_raised"),
            models.Index(fields=["record_uuid", "-id"], name="registers_dispute_of_record"),
            models.Index(fields=["party_urn", "-id"], name="registers_dispute_of_party"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["record_uuid", "field"], condition=Q(status="open"), name="registers_one_open_dispute"
            )
        ]

    def __str__(self) -> str:
        return f"{self.register}.{self.field} {self.status}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN


class Load(models.Model):
    """One file or table that was loaded: how far, and what came of its rows. `mark`: rows taken and committed.

    `outcome_end`, `rejected_end`: where its files ended then. `settings`: digest of what decides how rows are read.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("正在装入")  # without a process that holds its lock: was interrupted
        STOPPED = "stopped", _("已中断")
        FINISHED = "finished", _("已完成")

    uuid = models.UUIDField(unique=True, editable=False)
    register = models.CharField(max_length=30)
    source = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64, blank=True)
    settings = models.CharField(max_length=64)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=20, choices=Status, default=Status.RUNNING)
    mark = models.BigIntegerField(default=0)
    outcome_file = models.CharField(max_length=500, blank=True)
    outcome_end = models.BigIntegerField(default=0)
    rejected_end = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    is_synthetic = models.BooleanField(default=False)
    fault = models.CharField(max_length=500, blank=True)
    actor_urn = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registers_load"
        indexes = [models.Index(fields=["register", "-id"], name="registers_load_of_register")]

    def __str__(self) -> str:
        return f"{self.register} {self.source} {self.status}"
