"""Electronic credentials (电子证照, GB/T 36901 to 36906): types, what was issued, and who used it."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import Named, parse_urn
from zhengtong.security.crypto.providers import EncryptedTextField

from . import rules


class Layout(models.Model):
    """How a credential looks: its title, its fields and its typst template. Never changed: another digest, another row.

    `fields` is a list of {"key", "title": {zh, en}}; an empty `template` means the house's own.
    """

    digest = models.CharField(max_length=64, unique=True)
    title = models.JSONField()
    fields = models.JSONField()
    template = models.TextField(blank=True)

    class Meta:
        db_table = "credentials_layout"

    def __str__(self) -> str:
        return f"{self.title.get('zh', '')} {self.digest[:8]}"


class CredentialType(models.Model):
    """证照类型. `type_code`: credit code of the defining body and three characters (GB/T 36904)."""

    key = models.SlugField(max_length=60, unique=True)
    title = models.JSONField()
    type_code = models.CharField(max_length=21, unique=True)
    holder_kind = models.CharField(max_length=20, choices=rules.HOLDER_KINDS)
    validity_months = models.PositiveIntegerField(null=True)
    evidence_keys = models.JSONField(default=list)
    number_from = models.CharField(max_length=60, blank=True)
    layout = models.ForeignKey(Layout, on_delete=models.PROTECT, related_name="+")
    layouts = models.ManyToManyField(Layout, related_name="types")  # present and past

    class Meta:
        db_table = "credentials_type"

    def __str__(self) -> str:
        return self.key


class Credential(Named, models.Model):
    """One version of one credential. What counts is `payload`, canonical JSON that the node signed; columns repeat it.

    `status` is what an authority did to it; whether it has expired follows from the date (`state_on`).
    """

    urn_noun = "credential"

    class Status(models.TextChoices):
        VALID = "valid", _("有效")
        SUPERSEDED = "superseded", _("已换发")
        REVOKED = "revoked", _("吊销")
        ANNULLED = "annulled", _("撤销")
        CANCELLED = "cancelled", _("注销")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    identifier = models.CharField(max_length=120, unique=True)
    number = models.CharField(max_length=100, db_index=True)
    type = models.ForeignKey(CredentialType, on_delete=models.PROTECT, related_name="credentials")
    layout = models.ForeignKey(Layout, on_delete=models.PROTECT)
    version = models.PositiveSmallIntegerField(default=1)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    holder_urn = models.CharField(max_length=150)
    holder_name = models.CharField(max_length=200)
    organisation_uuid = models.UUIDField()
    issuer_name = models.JSONField()
    case_urn = models.CharField(max_length=150, blank=True, db_index=True)
    service_key = models.CharField(
        max_length=100, blank=True
    )  # the service it came from: agents act within their scope
    issued_at = models.DateTimeField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.VALID)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    payload = EncryptedTextField()
    signature = models.BinaryField()
    signature_algorithm = models.CharField(max_length=20)
    key_id = models.CharField(max_length=64)
    verification_code = models.CharField(max_length=16, unique=True)

    class Meta:
        db_table = "credentials_credential"
        indexes = [models.Index(fields=["holder_urn", "-id"], name="credentials_of_holder")]

    def __str__(self) -> str:
        return self.identifier

    @property
    def title(self) -> dict[str, str]:
        return self.layout.title

    @property
    def holder_is_person(self) -> bool:
        return parse_urn(self.holder_urn).noun == "person"

    @property
    def signed_text(self) -> str:
        """The payload in clear. Raises ValueError where it cannot be decrypted."""
        return str(self.payload)

    @property
    def data(self) -> dict[str, rules.Value]:
        """What it says, by field key."""
        return rules.read_payload(self.signed_text)["data"]

    @property
    def printed_code(self) -> str:
        return rules.print_code(self.verification_code)

    def state_on(self, day: date) -> rules.State:
        """What it is worth on that day."""
        return rules.state_on(self.status, self.valid_from, self.valid_to, day)

    def end(self, status: str, reason: str, at: datetime) -> None:
        self.status, self.ended_reason, self.ended_at = status, reason, at


class Use(models.Model):
    """Somebody used a credential: once per kind, user, case and day, with a count. The holder sees every row."""

    class Kind(models.TextChoices):
        EVIDENCE = "evidence", _("作为申请材料")
        OPENED = "opened", _("工作人员查阅")
        DOWNLOADED = "downloaded", _("持证人下载")
        CHECKED = "checked", _("公开查验")

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="uses")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    actor_urn = models.CharField(max_length=150, blank=True)
    organisation_uuid = models.UUIDField(null=True)
    case_urn = models.CharField(max_length=150, blank=True)
    purpose = models.CharField(max_length=300, blank=True)
    day = models.DateField()
    count = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        db_table = "credentials_use"
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "kind", "actor_urn", "case_urn", "day"], name="credentials_use_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"
