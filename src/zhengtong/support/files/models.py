"""Stored files: one row for each handing-in; the bytes stand once, by their hash, outside the database."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.ids import Named

from .rules import INLINE_TYPES


class Scan(models.TextChoices):
    """What the virus scan said. An infected file is refused and never stored."""

    CLEAN = "clean", _("已通过病毒扫描")
    NOT_SCANNED = "not_scanned", _("未经病毒扫描")


class StoredFile(Named, models.Model):
    urn_noun = "file"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=120)
    scan = models.CharField(max_length=12, choices=Scan.choices)
    purpose = models.CharField(max_length=40)
    hand_urn = models.CharField(max_length=120)
    party_urn = models.CharField(max_length=120, blank=True, default="")
    stored_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sha256"])]
        constraints = [
            models.CheckConstraint(condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="file_sha256"),
            models.CheckConstraint(condition=models.Q(scan__in=Scan.values), name="file_scan"),
        ]

    def __str__(self) -> str:
        return self.name

    def belongs_to(self, actor: Actor) -> bool:
        """Handed in for the same party, or by the same hand where for no party."""
        if self.party_urn:
            return self.party_urn == actor.party_urn
        return bool(actor.urn) and self.hand_urn == actor.urn

    @property
    def is_scanned(self) -> bool:
        return self.scan == Scan.CLEAN

    @property
    def is_viewable(self) -> bool:
        """A browser may show it inside a page."""
        return self.media_type in INLINE_TYPES
