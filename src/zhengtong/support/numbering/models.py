"""Counters without gaps. The sequence of case numbers stands in the migration."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    """The last number given of one series in one period, e.g. the acceptance notices of one organisation in 2026."""

    key = models.CharField(max_length=120)
    period = models.CharField(max_length=20)
    value = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "period"], name="numbering_one_counter_per_period")]

    def __str__(self) -> str:
        return f"{self.key} {self.period}: {self.value}"
