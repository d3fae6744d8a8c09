"""Who takes over what of a register."""

from __future__ import annotations

import uuid as uuids

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import Named

from .records import ReadGrant


class Subscription(Named, models.Model):
    """A system of an organisation takes over what changes in a register (订阅): which fields, for what, by which grant.

    `provider_uuid`: the organisation of the authority that may end it. `grant` None: all its fields are open or own.
    """

    urn_noun = "subscription"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    consumer_uuid = models.UUIDField()
    provider_uuid = models.UUIDField()
    grant = models.ForeignKey(ReadGrant, on_delete=models.PROTECT, null=True, related_name="+")
    fields = ArrayField(models.CharField(max_length=40))
    purpose = models.CharField(max_length=30)
    matter = models.CharField(max_length=200)
    opened_by_urn = models.CharField(max_length=300)
    opened_at = models.DateTimeField()
    last_read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by_urn = models.CharField(max_length=300, blank=True)
    revoked_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "registers_subscription"
        indexes = [
            models.Index(fields=["register", "-id"], name="registers_subscription_of"),
            models.Index(fields=["consumer_uuid", "-id"], name="registers_subscription_by"),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.opened_by_urn}"


class Snapshot(Named, models.Model):
    """A whole register as of a moment, written into files for a subscription; they are kept until `expires_at`."""

    class Status(models.TextChoices):
        ASKED = "asked", _("等待生成")
        READY = "ready", _("可下载")
        FAILED = "failed", _("生成失败")
        EXPIRED = "expired", _("已清除")

    urn_noun = "snapshot"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    file_format = models.CharField(max_length=10)
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    asked_by_urn = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    manifest = models.JSONField(null=True)
    fault = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "registers_snapshot"
        indexes = [models.Index(fields=["subscription", "-id"], name="registers_snapshot_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(status="asked"), name="registers_one_snapshot_asked"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.status}"
