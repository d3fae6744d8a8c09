"""The outbox: facts announced, waiting to be told to the rooms above."""

from django.db import models
from django.db.models.functions import Now


class OutboxRow(models.Model):
    """One announced fact. Written in the transaction of the act; removed by the relay once its jobs stand."""

    name = models.CharField(max_length=100)
    payload = models.JSONField()
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "kernel_events_outbox"

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"
