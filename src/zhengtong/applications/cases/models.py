"""Cases (办件): what was asked, who examines it, what was decided. Facts only; the verbs are in `services`."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.compiled import update
from zhengtong.kernel.ids import Named
from zhengtong.security.permissions.providers import Secrecy

from . import law


class Status(models.TextChoices):
    """Where a case stands. The ends: refused, abandoned, granted, denied, withdrawn."""

    SUBMITTED = "submitted", _("待受理")
    SUPPLEMENT = "supplement", _("待补正")
    REFUSED = "refused", _("不予受理")
    ABANDONED = "abandoned", _("逾期未补正")
    IN_REVIEW = "in_review", _("审查中")
    AWAITING_DECISION = "awaiting_decision", _("待决定")
    GRANTED = "granted", _("已准予")
    DENIED = "denied", _("未准予")
    WITHDRAWN = "withdrawn", _("已撤回")


ENDS = (Status.REFUSED, Status.ABANDONED, Status.GRANTED, Status.DENIED, Status.WITHDRAWN)

DELIVERABLE = (Status.GRANTED, Status.DENIED, Status.REFUSED)


class Outcome(models.TextChoices):
    FAVOURABLE = "favourable", _("同意")
    UNFAVOURABLE = "unfavourable", _("不同意")


class CaseQuerySet(models.QuerySet["Case"]):
    def locked(self) -> CaseQuerySet:
        """One lock for the whole aggregate: every verb takes the case's row first."""
        return self.select_for_update(of=("self",))

    def open(self) -> CaseQuerySet:
        return self.exclude(status__in=ENDS)


class Case(Named, models.Model):
    """One application on its way. It stays on the service version under which it was filed."""

    urn_noun = "case"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=32, unique=True)
    query_code = models.CharField(max_length=80)  # keyed hash of the query password
    service_key = models.SlugField(max_length=80)
    service_version_uuid = models.UUIDField()
    service_type = models.CharField(max_length=2, default="01")  # GB/T 39046 A.1: which law governs the case
    title = models.JSONField()
    applicant_urn = models.CharField(max_length=140)
    applicant_name = models.CharField(max_length=200)
    submitted_by_urn = models.CharField(max_length=140)
    accepted_by_urn = models.CharField(max_length=140, blank=True)
    lead_organisation_uuid = models.UUIDField()
    division_path = models.CharField(max_length=40)  # of the lead authority, such as 51/5116/511602
    secrecy = models.PositiveSmallIntegerField(
        choices=[(level.value, level.key) for level in Secrecy], default=Secrecy.INTERNAL.value
    )
    # The authorities that will examine it, or do: known at submission, for they may comment before acceptance.
    review_organisations = ArrayField(models.UUIDField(), default=list)
    # What people said with an act, by the revision it made: {"3": [salt, text]}. The log holds a digest of both, so
    # that words can be erased without breaking it.
    act_words = models.JSONField(default=dict)
    status = models.CharField(max_length=20, choices=Status, default=Status.SUBMITTED)
    is_suspended = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)  # grows with every act; a page says on which it was drawn
    submitted_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["applicant_urn", "-id"], name="case_of_applicant"),
            models.Index(
                fields=["lead_organisation_uuid", "status", "id"],
                name="case_open_by_lead",
                condition=~models.Q(status__in=[e.value for e in ENDS]),
            ),
            models.Index(fields=["lead_organisation_uuid", "-id"], name="case_by_lead"),
            models.Index(
                fields=["lead_organisation_uuid", "decided_at", "id"],
                name="case_to_deliver",
                condition=models.Q(delivered_at=None, status__in=[s.value for s in DELIVERABLE]),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def status_label(self) -> Any:
        """The status in the words of the law that governs the service."""
        return law.status_word(self.service_type, self.status) or self.get_status_display()

    @property
    def is_closed(self) -> bool:
        return self.status in ENDS

    def move(self, *, words: str = "", **changes: object) -> None:
        """Set columns of this row and count the change; `words` are what was said with the act."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.revision += 1
        if words:
            self.act_words[str(self.revision)] = [secrets.token_hex(8), words]
        update(self, *changes, "revision", *(["act_words"] if words else []))

    def words_of(self, revision: object) -> str:
        """What was said with the act that made this revision; empty where nothing was, or where it was erased."""
        return str(self.act_words.get(str(revision), ["", ""])[1])


class Submission(models.Model):
    """What the applicant stated, as protected JSON; a supplement adds a round."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="submissions")
    round = models.PositiveSmallIntegerField(default=1)
    data = models.JSONField()
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "round"], name="submission_once_a_round")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.round}"


class Evidence(models.Model):
    """One piece of evidence: a file handed in, or a credential already held and only referenced."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence")
    requirement_key = models.SlugField(max_length=80)
    round = models.PositiveSmallIntegerField(default=1)
    file_uuid = models.UUIDField(null=True)
    credential_uuid = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(file_uuid__isnull=True) ^ models.Q(credential_uuid__isnull=True),
                name="evidence_is_file_or_credential",
            )
        ]

    def __str__(self) -> str:
        return f"{self.requirement_key} of {self.case_id}"


class DraftEvidence(models.Model):
    """Evidence chosen while the form is still a draft (`draft_uuid` is the form draft's)."""

    draft_uuid = models.UUIDField(db_index=True)
    requirement_key = models.SlugField(max_length=80)
    file_uuid = models.UUIDField(null=True)
    credential_uuid = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.requirement_key} of draft {self.draft_uuid}"


class Review(Named, models.Model):
    """One authority's examination of a case, ended by one opinion."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待前序")
        OPEN = "open", _("审查中")
        CLOSED = "closed", _("已出意见")
        CANCELLED = "cancelled", _("已终止")

    urn_noun = "review"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="reviews")
    key = models.SlugField(max_length=80)
    title = models.JSONField()
    organisation_uuid = models.UUIDField()
    assigned_urn = models.CharField(max_length=140, blank=True)  # the officer to whom it was transferred
    days = models.PositiveSmallIntegerField()
    is_optional = models.BooleanField(default=False)
    needs_visit = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    opened_at = models.DateTimeField(null=True)
    draft = models.JSONField(null=True)  # an opinion begun and not yet given
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    remarks = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_urn = models.CharField(max_length=140, blank=True)
    closed_by_name = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="review_once_a_case"),
            models.CheckConstraint(
                condition=models.Q(state="closed", closed_at__isnull=False) & ~models.Q(outcome="")
                | ~models.Q(state="closed") & models.Q(outcome=""),
                name="review_closed_with_opinion",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation_uuid", "id"], name="review_open_by_org", condition=models.Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.case_id}"

    def close(self, *, outcome: str, remarks: str, by_urn: str, by_name: str, at: object) -> None:
        self.state, self.outcome, self.remarks, self.draft = self.State.CLOSED, outcome, remarks, None
        self.closed_at, self.closed_by_urn, self.closed_by_name = at, by_urn, by_name  # type: ignore[assignment]
        update(self, "state", "outcome", "remarks", "draft", "closed_at", "closed_by_urn", "closed_by_name")


class Comment(models.Model):
    """A reviewer's remark before acceptance, for the one supplement notice."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="comments")
    organisation_uuid = models.UUIDField()
    by_urn = models.CharField(max_length=140)
    by_name = models.CharField(max_length=80)
    text = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:40]


class SiteVisit(Named, models.Model):
    """One inspection shared by the reviews named; at least two officers (行政许可法 34)."""

    urn_noun = "visit"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="visits")
    review_keys = models.JSONField()
    officers = models.JSONField()  # [{"urn", "name", "organisation_uuid"}]
    scheduled_at = models.DateTimeField()
    place = models.CharField(max_length=300)
    findings = models.TextField(blank=True)
    conducted_at = models.DateTimeField(null=True)
    recorded_by_urn = models.CharField(max_length=140, blank=True)

    def __str__(self) -> str:
        return f"visit of {self.case_id}"


class SupplementNotice(models.Model):
    """The one notice that names everything missing (行政许可法 32(4)): there can be no second."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="supplement_notice")
    items = models.JSONField()  # [{"requirement_key", "what"}]
    reason = models.TextField(blank=True)
    issued_at = models.DateTimeField()
    answer_by_date = models.DateField()
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"notice of {self.case_id}"


class Decision(models.Model):
    """The lead authority's decision, with its reasons."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="decision")
    is_granted = models.BooleanField()
    reasons = models.TextField()
    decided_by_urn = models.CharField(max_length=140)
    decided_by_name = models.CharField(max_length=80)
    decided_at = models.DateTimeField()
    credential_uuids = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"decision of {self.case_id}"


class Paper(Named, models.Model):
    """An official paper of the case: its data are fixed when it is issued; the PDF is drawn from them."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("申请材料接收凭证")
        SUPPLEMENT = "supplement", _("补正告知书")
        ACCEPTED = "accepted", _("受理通知书")
        REFUSED = "refused", _("不予受理决定书")
        SPECIAL = "special", _("特别程序告知书")
        EXTENSION = "extension", _("延期告知书")
        GRANTED = "granted", _("准予行政许可决定书")
        DENIED = "denied", _("不予行政许可决定书")
        DELIVERY = "delivery", _("送达回证")

    urn_noun = "paper"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=16, choices=Kind)
    number = models.CharField(max_length=60)
    data = models.JSONField()
    issued_at = models.DateTimeField()
    file_uuid = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number"], name="paper_number_once")]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> Any:
        """What it is called; a matter that is no licence has a notice of the result."""
        return law.paper_word(self.kind, is_licence=self.data.get("is_licence", True)) or self.get_kind_display()


class Rating(models.Model):
    """The applicant's rating (好差评, GB/T 39735): 5 very satisfied … 1 very dissatisfied."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="rating")
    score = models.PositiveSmallIntegerField()
    remarks = models.TextField(blank=True)
    by_urn = models.CharField(max_length=140)
    rated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(score__gte=1, score__lte=5), name="rating_one_to_five")
        ]

    def __str__(self) -> str:
        return f"{self.score} for {self.case_id}"
