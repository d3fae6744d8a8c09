"""The node's certificate authority and what it has certified."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models

from zhengtong.kernel.ids import Named


class Authority(Named, models.Model):
    """One certificate of the authority itself; the newest that is not retired issues. `crl`: its last list, DER."""

    urn_noun = "authority"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    key_id = models.CharField(max_length=32, unique=True)
    algorithm = models.CharField(max_length=20)
    der = models.BinaryField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    crl = models.BinaryField(default=b"")
    crl_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(retired_at=None), name="one_authority_issues_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Certificates(models.QuerySet["Certificate"]):
    def in_force(self, at: datetime) -> Certificates:
        return self.filter(not_before__lte=at, not_after__gt=at, revoked_at=None)


class Certificate(Named, models.Model):
    """What the authority has certified: a system's key, or the key of an organisation's seal."""

    class Kind(models.TextChoices):
        SYSTEM = "system"
        SEAL = "seal"

    class Reason(models.TextChoices):
        """RFC 5280 section 5.3.1."""

        UNSPECIFIED = "unspecified"
        KEY_COMPROMISE = "keyCompromise"
        AFFILIATION_CHANGED = "affiliationChanged"
        SUPERSEDED = "superseded"
        CESSATION = "cessationOfOperation"

    urn_noun = "certificate"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="certificates")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=200)
    organisation_uuid = models.UUIDField(null=True)
    serial = models.CharField(max_length=40, unique=True)  # hexadecimal, no leading zeros
    fingerprint = models.CharField(max_length=64, unique=True)  # SHA-256 of the DER
    key_id = models.CharField(max_length=32, blank=True)  # of a seal: its key in the ring
    algorithm = models.CharField(max_length=20)
    der = models.BinaryField()
    issued_at = models.DateTimeField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=30, choices=Reason, blank=True)
    is_listed = models.BooleanField(default=False)  # on the published revocation list

    objects: ClassVar[Certificates] = Certificates.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation_uuid"])]

    def __str__(self) -> str:
        return f"{self.name} {self.serial}"

    def revoke(self, reason: str, at: datetime) -> None:
        self.revoked_at, self.revoked_reason = at, reason
