"""The log's tables, made by SQL in 0001 (partitions), not managed by Django, never updated; and the logs watched."""

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


class WitnessedLog(models.Model):
    """Another node's log that this one watches: its keys, and the largest checkpoint seen, never replaced by one that
    contradicts it. What contradicted it is kept as evidence."""

    class Fault(models.TextChoices):
        NONE = ""
        FORKED = "forked"
        ROLLED_BACK = "rolled-back"
        SIGNATURE = "signature"
        TILE = "tile"

    origin = models.TextField(primary_key=True)
    url = models.TextField()
    keys = models.TextField()  # verifier keys, one in a line
    tree_size = models.BigIntegerField(default=0)
    note = models.TextField(blank=True, default="")  # with this node's cosignature
    seen_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=16, choices=Fault, blank=True, default="")
    evidence = models.TextField(blank=True, default="")  # the checkpoint that was served instead
    found_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "security_audit_witnessed"
        constraints = [
            models.CheckConstraint(condition=models.Q(tree_size__gte=0), name="security_audit_witnessed_size"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} ({self.tree_size})"
