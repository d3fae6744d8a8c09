"""Which request was answered how, for a day."""

from django.db import models
from django.db.models.functions import Now


class IdempotentRequest(models.Model):
    """A claim on one key. It stands only if the request's transaction commits, so an unanswered row is never seen."""

    actor = models.CharField(max_length=300)
    route = models.CharField(max_length=300)
    key = models.CharField(max_length=100)
    body_digest = models.BinaryField()
    status = models.PositiveSmallIntegerField(default=0)
    location = models.TextField(default="")
    content_type = models.CharField(max_length=200, default="")
    body = models.BinaryField(null=True)  # encrypted; empty for a redirect; null: too long to keep, or a stream
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        db_table = "kernel_idempotency_request"
        constraints = [models.UniqueConstraint(fields=["actor", "route", "key"], name="idempotency_one_claim")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
