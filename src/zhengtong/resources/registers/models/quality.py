"""What the rules of quality found, reports to authorities, and tables of statistics."""

from __future__ import annotations

import uuid as uuids

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import Named


class QualityRun(models.Model):
    """The rules of a register, run on one day. A second run of the day takes the place of the first."""

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    day = models.DateField()
    engine = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    class Meta:
        db_table = "registers_quality_run"
        constraints = [models.UniqueConstraint(fields=["register", "day"], name="registers_quality_one_run_a_day")]

    def __str__(self) -> str:
        return f"{self.register} {self.day}"


class QualityResult(models.Model):
    """What one rule found in one run. `divisions`: code → [looked at, failing]. `fault`: why it could not be run."""

    run = models.ForeignKey(QualityRun, on_delete=models.CASCADE, related_name="results")
    rule = models.CharField(max_length=40)
    dimension = models.CharField(max_length=20)
    severity = models.CharField(max_length=10)
    authority = models.CharField(max_length=50)
    looked_at = models.BigIntegerField()
    failing = models.BigIntegerField()
    divisions = models.JSONField(default=dict)
    fault = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "registers_quality_result"
        constraints = [models.UniqueConstraint(fields=["run", "rule"], name="registers_quality_one_result_a_rule")]

    def __str__(self) -> str:
        return f"{self.rule} {self.failing}/{self.looked_at}"


class QualityFinding(models.Model):
    """A record that failed a rule in the last run; the first so many of each rule by `record_id`."""

    register = models.CharField(max_length=30)
    rule = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    record_uuid = models.UUIDField()
    division = models.CharField(max_length=12, blank=True)

    class Meta:
        db_table = "registers_quality_finding"
        constraints = [
            models.UniqueConstraint(fields=["register", "rule", "record_id"], name="registers_quality_one_finding")
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.rule} {self.record_uuid}"


class QualityReport(Named, models.Model):
    """数据质量通报: a steward tells one authority which of its records fail; it answers and mends.

    `answer`: what the authority says, until then empty. A run in which none of the records told of fails closes it.
    """

    class Status(models.TextChoices):
        SENT = "sent", _("待整改")
        ANSWERED = "answered", _("已反馈，待复核")
        CLOSED = "closed", _("已整改销号")

    urn_noun = "quality_report"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    authority = models.CharField(max_length=50)
    authority_uuid = models.UUIDField()
    run_day = models.DateField()
    text = models.CharField(max_length=2000)
    status = models.CharField(max_length=10, choices=Status, default=Status.SENT)
    sender_uuid = models.UUIDField(null=True)  # the organisation
    sent_by_urn = models.CharField(max_length=300)
    sent_at = models.DateTimeField()
    answer = models.CharField(max_length=2000, blank=True)
    answered_by_urn = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registers_quality_report"
        indexes = [
            models.Index(fields=["authority_uuid", "-id"], name="registers_qreport_of_authority"),
            models.Index(fields=["sender_uuid", "-id"], name="registers_qreport_of_sender"),
            models.Index(fields=["register", "status"], name="registers_qreport_of_register"),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.authority} {self.run_day}"

    @property
    def is_closed(self) -> bool:
        return self.status == self.Status.CLOSED


class ReportedRule(models.Model):
    """A rule in a report. `failing`: then; `records`: those told of, as far as findings are kept; `left`: how many of
    these failed in the last run."""

    report = models.ForeignKey(QualityReport, on_delete=models.CASCADE, related_name="rules")
    rule = models.CharField(max_length=40)
    label = models.JSONField()
    severity = models.CharField(max_length=10)
    looked_at = models.BigIntegerField()
    failing = models.BigIntegerField()
    records = ArrayField(models.UUIDField())
    left = models.IntegerField()

    class Meta:
        db_table = "registers_quality_reported"
        constraints = [models.UniqueConstraint(fields=["report", "rule"], name="registers_quality_reported_once")]

    def __str__(self) -> str:
        return f"{self.rule} {self.left}/{len(self.records)}"


class StatisticsEdition(models.Model):
    """The counts of a register as of one day, small ones suppressed before they were stored.

    `axes`: field, label and categories of each, the division first; `cells`: [place on each axis…, count or null].
    """

    register = models.CharField(max_length=30)
    day = models.DateField()
    label = models.JSONField()
    axes = models.JSONField()
    cells = models.JSONField()
    threshold = models.PositiveIntegerField()
    suppressed = models.PositiveIntegerField()
    is_open = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "registers_statistics"
        constraints = [models.UniqueConstraint(fields=["register", "day"], name="registers_statistics_one_a_day")]

    def __str__(self) -> str:
        return f"{self.register} {self.day}"
