"""Drafts: what somebody has filled in so far, for a party, for a service."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import models

from zhengtong.security.crypto import services as crypto


class Draft(models.Model):
    """One unfinished form. It belongs to the party and to the hand: a colleague's draft is not mine.

    The answers are encrypted as a whole, for they may hold personal data and nobody searches them.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    party_urn = models.CharField(max_length=120)
    hand_urn = models.CharField(max_length=120)
    service_key = models.CharField(max_length=100)
    version_uuid = models.UUIDField()
    step = models.CharField(max_length=41)
    sealed = models.BinaryField()
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hand_urn", "party_urn", "service_key"], name="one_draft_per_service"),
        ]
        indexes = [models.Index(fields=["updated_at"])]

    @property
    def data(self) -> dict[str, Any]:
        """The answers in the clear."""
        return json.loads(crypto.decrypt(bytes(self.sealed)))

    def rewrite(self, *, version_uuid: UUID, sealed: bytes, step: str, updated_at: datetime) -> None:
        """New answers on this row; does not save."""
        self.version_uuid, self.sealed, self.step, self.updated_at = version_uuid, sealed, step, updated_at
        self.revision += 1


def seal(data: dict[str, Any]) -> bytes:
    """Answers as a draft keeps them."""
    return crypto.encrypt(json.dumps(data, ensure_ascii=False))
