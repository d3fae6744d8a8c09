"""Definitions that were published, and what authorities did. The records themselves lie in compiled tables."""

from __future__ import annotations

import uuid as uuids
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import Named
from zhengtong.security.crypto.providers import EncryptedTextField


class RegisterVersion(models.Model):
    """A definition that was published. One version of each register is in force; earlier ones stay to be read."""

    key = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    digest = models.CharField(max_length=64)
    steps = models.JSONField(default=list)  # what publishing it changed, in words
    published_at = models.DateTimeField()
    published_by_urn = models.CharField(max_length=300)
    is_in_force = models.BooleanField(default=True)

    class Meta:
        db_table = "registers_version"
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="registers_version_number"),
            models.UniqueConstraint(fields=["key"], condition=Q(is_in_force=True), name="registers_one_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.number}"


class Act(models.Model):
    """What an authority did to one record, or (without a record) to many at once. Values stand in the record's past.

    `document`: the paper a correction rests on. `since`: from which day it holds.
    """

    class Kind(models.TextChoices):
        ENTERED = "entered", _("登记")
        AMENDED = "amended", _("变更")
        CORRECTED = "corrected", _("更正")
        LOADED = "loaded", _("批量装入")
        MERGED = "merged", _("合并重复记录")
        UNMERGED = "unmerged", _("撤销合并")

    register = models.CharField(max_length=30)
    record_uuid = models.UUIDField(null=True)
    kind = models.CharField(max_length=20, choices=Kind)
    fields = ArrayField(models.CharField(max_length=40), default=list)
    authorities = ArrayField(models.CharField(max_length=50), default=list)
    since = models.DateField()
    reason = models.CharField(max_length=500, blank=True)
    document = models.CharField(max_length=300, blank=True)
    actor_urn = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        db_table = "registers_act"
        indexes = [models.Index(fields=["record_uuid", "-id"], name="registers_act_of_record")]

    def __str__(self) -> str:
        return f"{self.register} {self.kind} {self.at:%Y-%m-%d}"


class ReadGrant(Named, models.Model):
    """An authority lets an organisation read some of its fields of a register whole, for some purposes (共享授权).

    `until`: the last day on which it holds, None without end. It is revoked, never changed.
    """

    urn_noun = "grant"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    authority = models.CharField(max_length=50)
    provider_uuid = models.UUIDField()  # the organisation of that authority
    consumer_uuid = models.UUIDField()
    fields = ArrayField(models.CharField(max_length=40))
    purposes = ArrayField(models.CharField(max_length=30))
    basis = models.CharField(max_length=500)
    since = models.DateField()
    until = models.DateField(null=True)
    granted_by_urn = models.CharField(max_length=300)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by_urn = models.CharField(max_length=300, blank=True)
    revoked_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "registers_grant"
        indexes = [
            models.Index(fields=["consumer_uuid", "register"], name="registers_grant_of_consumer"),
            models.Index(fields=["register", "-id"], name="registers_grant_of_register"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="registers_grant_for_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.authority} {self.since}"


class Dispute(Named, models.Model):
    """Somebody says that a value is wrong (疑义核查); the authority of the field answers within its time limit.

    `stated`: what it should be, as the disputer says. `party_urn`: the party that disputes a value about itself;
    `organisation_uuid`: the organisation of an official who does.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("核查中")
        UPHELD = "upheld", _("属实，已更正")
        REJECTED = "rejected", _("经核查无误")

    urn_noun = "dispute"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    record_uuid = models.UUIDField()
    field = models.CharField(max_length=40)
    stated = EncryptedTextField()
    reason = EncryptedTextField()
    authority = models.CharField(max_length=50)
    authority_uuid = models.UUIDField()
    raised_by_urn = models.CharField(max_length=300)
    party_urn = models.CharField(max_length=300, blank=True)
    organisation_uuid = models.UUIDField(null=True)
    raised_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    answer = EncryptedTextField(null=True)
    answered_by_urn = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registers_dispute"
        indexes = [
            models.Index(fields=["authority_uuid", "status", "id"], name="registers_dispute_to_answer"),
            models.Index(fields=["organisation_uuid", "-id"], name="registers_dispute_raised"),
            models.Index(fields=["record_uuid", "-id"], name="registers_dispute_of_record"),
            models.Index(fields=["party_urn", "-id"], name="registers_dispute_of_party"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["record_uuid", "field"], condition=Q(status="open"), name="registers_one_open_dispute"
            )
        ]

    def __str__(self) -> str:
        return f"{self.register}.{self.field} {self.status}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN


class Load(models.Model):
    """One file or table that was loaded: how far, and what came of its rows. `mark`: rows taken and committed.

    `outcome_end`, `rejected_end`: where its files ended then. `settings`: digest of what decides how rows are read.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("正在装入")  # without a process that holds its lock: was interrupted
        STOPPED = "stopped", _("已中断")
        FINISHED = "finished", _("已完成")

    uuid = models.UUIDField(unique=True, editable=False)
    register = models.CharField(max_length=30)
    source = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64, blank=True)
    settings = models.CharField(max_length=64)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=20, choices=Status, default=Status.RUNNING)
    mark = models.BigIntegerField(default=0)
    outcome_file = models.CharField(max_length=500, blank=True)
    outcome_end = models.BigIntegerField(default=0)
    rejected_end = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    is_synthetic = models.BooleanField(default=False)
    fault = models.CharField(max_length=500, blank=True)
    actor_urn = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registers_load"
        indexes = [models.Index(fields=["register", "-id"], name="registers_load_of_register")]

    def __str__(self) -> str:
        return f"{self.register} {self.source} {self.status}"


class MatchRun(models.Model):
    """One search for duplicates in a register: how far, and what it found. `since`: only among what was written from
    then on, None for all. `mark`: steps done, of `steps`. `rules`: digest of the definition's rules."""

    class Status(models.TextChoices):
        RUNNING = "running", _("正在查重")  # without a process that holds its lock: was interrupted
        STOPPED = "stopped", _("已中断")
        FINISHED = "finished", _("已完成")

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    rules = models.CharField(max_length=64)
    since = models.DateTimeField(null=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.RUNNING)
    mark = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField()
    compared = models.BigIntegerField(default=0)
    found = models.BigIntegerField(default=0)
    crowded = models.BigIntegerField(default=0)  # groups too large to be compared
    actor_urn = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registers_match_run"
        indexes = [models.Index(fields=["register", "-id"], name="registers_run_of_register")]

    def __str__(self) -> str:
        return f"{self.register} {self.status} {self.mark}/{self.steps}"


class Match(Named, models.Model):
    """Two records that may be one (待核重复), and what was decided. `ways`: by field how they agree, no values.

    `survivor_uuid`: the record that stays after a merge; `taken`: fields whose value came from the other one.
    `authority_uuid`: the organisation that owns the status of such records, and decides.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("待核")
        MERGED = "merged", _("已合并")
        DIFFERENT = "different", _("不是同一个")
        LAPSED = "lapsed", _("不再相似")

    urn_noun = "match"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    first_uuid = models.UUIDField()
    second_uuid = models.UUIDField()
    score = models.FloatField()
    is_sure = models.BooleanField()
    ways = models.JSONField()
    authority_uuid = models.UUIDField()
    found_at = models.DateTimeField()
    run = models.ForeignKey(MatchRun, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    survivor_uuid = models.UUIDField(null=True)
    taken = ArrayField(models.CharField(max_length=40), default=list)
    reason = models.CharField(max_length=500, blank=True)
    decided_by_urn = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registers_match"
        indexes = [
            models.Index(fields=["authority_uuid", "status", "-score", "id"], name="registers_match_to_decide"),
            models.Index(fields=["second_uuid"], name="registers_match_of_second"),
            models.Index(
                fields=["survivor_uuid"], condition=Q(survivor_uuid__isnull=False), name="registers_match_survivor"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["first_uuid", "second_uuid"], name="registers_one_match_of_two")]

    def __str__(self) -> str:
        return f"{self.register} {self.status} {self.score}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_merged(self) -> bool:
        return self.status == self.Status.MERGED

    @property
    def ended_uuid(self) -> uuids.UUID | None:
        """After a merge, the record that ended."""
        if self.survivor_uuid is None:
            return None
        return self.first_uuid if self.survivor_uuid == self.second_uuid else self.second_uuid

    def decide(self, status: Status, *, reason: str, by: str, at: datetime) -> None:
        self.status, self.reason, self.decided_by_urn, self.decided_at = status, reason.strip()[:500], by, at


# -- quality of data --------------------------------------------------------------------------------------------------
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


# -- who takes over what ---------------------------------------------------------------------------------------------
class Subscription(Named, models.Model):
    """A system of an organisation takes over what changes in a register (订阅): which fields, for what, by which grant.

    `provider_uuid`: the organisation of the authority that may end it. `grant` None: all its fields are open or own.
    """

    urn_noun = "subscription"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=30)
    consumer_uuid = models.UUIDField()
    provider_uuid = models.UUIDField()
    grant = models.ForeignKey(ReadGrant, on_delete=models.PROTECT, null=True, related_name="+")
    fields = ArrayField(models.CharField(max_length=40))
    purpose = models.CharField(max_length=30)
    matter = models.CharField(max_length=200)
    opened_by_urn = models.CharField(max_length=300)
    opened_at = models.DateTimeField()
    last_read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by_urn = models.CharField(max_length=300, blank=True)
    revoked_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "registers_subscription"
        indexes = [
            models.Index(fields=["register", "-id"], name="registers_subscription_of"),
            models.Index(fields=["consumer_uuid", "-id"], name="registers_subscription_by"),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.opened_by_urn}"


class Snapshot(Named, models.Model):
    """A whole register as of a moment, written into files for a subscription; they are kept until `expires_at`."""

    class Status(models.TextChoices):
        ASKED = "asked", _("等待生成")
        READY = "ready", _("可下载")
        FAILED = "failed", _("生成失败")
        EXPIRED = "expired", _("已清除")

    urn_noun = "snapshot"
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    file_format = models.CharField(max_length=10)
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    asked_by_urn = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    manifest = models.JSONField(null=True)
    fault = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "registers_snapshot"
        indexes = [models.Index(fields=["subscription", "-id"], name="registers_snapshot_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(status="asked"), name="registers_one_snapshot_asked"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.status}"
