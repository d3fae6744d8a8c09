"""Base registers: legal entities and premises, and what was changed in them. Facts of their authorities."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import Named


class Recorded(Named, models.Model):
    """A record of a register. `written_at` maps each field to the moment its authority last wrote it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    written_at = models.JSONField(default=dict)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def put(self, values: dict[str, object], *, at: datetime) -> None:
        """Set fields of this row and note when."""
        for name, value in values.items():
            setattr(self, name, value)
            self.written_at[name] = at.isoformat()

    def as_of(self, *names: str) -> datetime | None:
        """When the oldest of these fields was last written."""
        moments = [self.written_at[name] for name in names if name in self.written_at]
        return datetime.fromisoformat(min(moments)) if moments else None


class LegalEntity(Recorded):
    """法人. Its uuid is that of the party in `security.identity`. Capital in fen."""

    urn_noun = "legal_entity"

    class Status(models.TextChoices):
        OPERATING = "operating", _("存续（在营）")
        REVOKED = "revoked", _("吊销")
        DEREGISTERED = "deregistered", _("注销")

    uscc = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=200)
    entity_type = models.CharField(max_length=100)
    address = models.CharField(max_length=300)
    legal_representative_name = models.CharField(max_length=100)
    established_date = models.DateField()
    registered_capital_fen = models.BigIntegerField(null=True)
    business_scope = models.TextField(blank=True)
    industry_code = models.CharField(max_length=10, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.OPERATING)
    division_code = models.CharField(max_length=6)

    class Meta:
        db_table = "registers_legal_entity"
        constraints = [
            models.CheckConstraint(
                condition=Q(registered_capital_fen__isnull=True) | Q(registered_capital_fen__gte=0),
                name="registers_capital_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.uscc}"


class Premises(Recorded):
    """房屋. Owner and tenant are parties where the node knows them, else only names. Area in square metres."""

    urn_noun = "premises"

    certificate_number = models.CharField(max_length=100, unique=True)
    address = models.CharField(max_length=300)
    area_m2 = models.DecimalField(max_digits=12, decimal_places=2)
    use = models.CharField(max_length=100)
    owner_name = models.CharField(max_length=200)
    owner_urn = models.CharField(max_length=150, blank=True, db_index=True)
    division_code = models.CharField(max_length=6)
    occupant_name = models.CharField(max_length=200, blank=True)
    occupant_urn = models.CharField(max_length=150, blank=True, db_index=True)
    lease_until_date = models.DateField(null=True)

    class Meta:
        db_table = "registers_premises"
        constraints = [models.CheckConstraint(condition=Q(area_m2__gt=0), name="registers_area_positive")]

    def __str__(self) -> str:
        return f"{self.address} {self.certificate_number}"

    def is_rented_by(self, party_urn: str, on: date) -> bool:
        """The party is the tenant and the lease still runs on that day."""
        return self.occupant_urn == party_urn and (self.lease_until_date is None or self.lease_until_date >= on)

    def is_held_by(self, party_urn: str) -> bool:
        return bool(party_urn) and party_urn in (self.owner_urn, self.occupant_urn)


class Change(models.Model):
    """One act of an authority on one record: `values` maps each field to its old and its new value."""

    register = models.CharField(max_length=30)
    record_uuid = models.UUIDField()
    values = models.JSONField()
    organisation_uuids = models.JSONField()
    actor_urn = models.CharField(max_length=300)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "registers_change"
        indexes = [models.Index(fields=["record_uuid", "-id"], name="registers_change_of_record")]

    def __str__(self) -> str:
        return f"{self.register} {self.record_uuid} {self.at:%Y-%m-%d}"
