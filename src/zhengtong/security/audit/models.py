"""The log's tables. All are made by SQL in 0001 (partitions) and are not managed by Django; nothing updates them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Entry(models.Model):
    """One act, read or refusal. Partitioned by month of `recorded_at`; ordered for sealing by (xid, id)."""

    class Outcome(models.TextChoices):
        DONE = "done"
        DENIED = "denied"

    uuid = models.UUIDField(primary_key=True)
    id = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    at = models.DateTimeField()
    actor_urn = models.TextField()
    on_behalf_urn = models.TextField()
    capacity = models.TextField()
    action = models.TextField()
    object_urn = models.TextField()
    case_urn = models.TextField()
    outcome = models.TextField(choices=Outcome)
    purpose = models.TextField()
    detail = models.JSONField()
    subjects = ArrayField(models.TextField())  # URNs of those whose personal data the act read unmasked
    salt = models.BinaryField()

    class Meta:
        managed = False
        db_table = "security_audit_entry"

    def __str__(self) -> str:
        return f"{self.action} {self.object_urn} ({self.outcome})"


class Leaf(models.Model):
    """The place of one entry in the tree, given at sealing. `mac` lets the node name a changed row exactly: whoever can
    rewrite rows, hashes and nodes still lacks the node key."""

    index = models.BigIntegerField(primary_key=True)
    entry_uuid = models.UUIDField()
    recorded_at = models.DateTimeField()
    entry_id = models.BigIntegerField()
    hash = models.BinaryField()
    mac = models.BinaryField()

    class Meta:
        managed = False
        db_table = "security_audit_leaf"

    def __str__(self) -> str:
        return f"leaf {self.index}"


class Checkpoint(models.Model):
    """A signed tree head. `note` is the signed note; the columns beside it are for finding it."""

    tree_size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "security_audit_checkpoint"

    def __str__(self) -> str:
        return f"checkpoint {self.tree_size}"
