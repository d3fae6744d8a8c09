"""Definitions that were published, and what authorities did. The records themselves lie in compiled tables."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


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
