"""Registered systems and their keys; what people agreed to; sign-ins handed to systems, and the tokens given out."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhengtong.kernel.ids import Named


class System(Named, models.Model):
    """A system of an organisation that may sign people in here, or call the interface, or both.

    `sector`: systems of one sector know a person by the same subject, others by different ones. A disabled system is
    refused at once, with every token it holds.
    """

    urn_noun = "system"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.SlugField(max_length=60, unique=True)
    title = models.JSONField()  # {"zh": …, "en": …}
    organisation_uuid = models.UUIDField(db_index=True)
    sector = models.CharField(max_length=200)
    redirect_uris = ArrayField(models.CharField(max_length=500), default=list)
    logout_uris = ArrayField(models.CharField(max_length=500), default=list)
    backchannel_logout_uri = models.CharField(max_length=500, blank=True, default="")  # told when somebody signs out
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    purpose = models.CharField(max_length=300, blank=True)  # for which identity numbers are given
    registered_at = models.DateTimeField()
    registered_by_urn = models.CharField(max_length=150)
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(scopes__contains=["id_number"]) | ~models.Q(purpose=""),
                name="system_numbers_need_a_purpose",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def set_enabled(self, is_enabled: bool, at: datetime) -> None:
        self.disabled_at = None if is_enabled else at


class SystemKey(models.Model):
    """A public key by which a system proves itself. With a certificate of this node it counts as long as that does."""

    system = models.ForeignKey(System, models.PROTECT, related_name="keys")
    kid = models.CharField(max_length=64)  # SHA-256 of the SubjectPublicKeyInfo
    algorithm = models.CharField(max_length=10)  # of RFC 7518 and 9864: Ed25519, ES256, RS256
    spki = models.BinaryField()
    certificate = models.BinaryField(default=b"")  # DER
    added_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kid"], condition=models.Q(revoked_at=None), name="system_key_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:16]}"


class LastUse(models.Model):
    """When a system last proved itself by a key: noted with each token, so every ten minutes or so. A table of its own,
    for the web may not write those of systems and keys."""

    key = models.OneToOneField(SystemKey, models.CASCADE, primary_key=True, related_name="last_use")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key_id} {self.at}"


class Consent(Named, models.Model):
    """Somebody agreed that a system learns what these scopes tell. Withdrawn ones stay with their end."""

    urn_noun = "consent"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    system = models.ForeignKey(System, models.PROTECT, related_name="consents")
    account_uuid = models.UUIDField()
    scopes = ArrayField(models.CharField(max_length=60))
    given_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)  # the last sign-in or its renewal
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account_uuid", "system"],
                condition=models.Q(withdrawn_at=None),
                name="consent_stands_once",
            ),
        ]

    def __str__(self) -> str:
        return f"consent {self.uuid}"


class SignIn(Named, models.Model):
    """One sign-in handed to a system: first a code, then tokens. When it ends, every token of it ends."""

    urn_noun = "sign_in"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    system = models.ForeignKey(System, models.PROTECT, related_name="sign_ins")
    account_uuid = models.UUIDField(db_index=True)
    capacity_key = models.CharField(max_length=60)
    session_mark = models.UUIDField(null=True, db_index=True)  # of the session here from which it came
    mfa = models.BooleanField()
    scopes = ArrayField(models.CharField(max_length=60))
    redirect_uri = models.CharField(max_length=500)
    nonce = models.CharField(max_length=500, blank=True)
    challenge = models.CharField(max_length=128)
    code_digest = models.BinaryField(unique=True, max_length=32)
    authenticated_at = models.DateTimeField()
    methods = ArrayField(models.CharField(max_length=20))  # RFC 8176
    opened_at = models.DateTimeField(db_index=True)
    exchanged_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sign-in {self.uuid}"

    def end(self, at: datetime) -> bool:
        """No code and no token of it counts any more; False when it had ended before."""
        ended = SignIn.objects.filter(pk=self.pk, ended_at=None).update(ended_at=at)
        self.tokens.filter(revoked_at=None).update(revoked_at=at)
        return bool(ended)


class Token(models.Model):
    """A token by its digest; the token itself is with its holder alone. `sign_in` None: the system's own."""

    class Kind(models.TextChoices):
        ACCESS = "access"
        REFRESH = "refresh"

    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.BinaryField(unique=True, max_length=32)
    system = models.ForeignKey(System, models.PROTECT, related_name="tokens")
    sign_in = models.ForeignKey(SignIn, models.CASCADE, null=True, related_name="tokens")
    key = models.ForeignKey(SystemKey, models.PROTECT, null=True, related_name="tokens")
    scopes = ArrayField(models.CharField(max_length=60))
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)  # of a refresh token: exchanged for the next one
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} token of {self.system_id}"


class SeenAssertion(models.Model):
    """A signed assertion that was used: it serves once. Kept until it would have expired anyway."""

    system = models.ForeignKey(System, models.CASCADE)
    digest = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["system", "digest"], name="assertion_serves_once")]

    def __str__(self) -> str:
        return f"assertion of {self.system_id}"


class LogoutNotice(models.Model):
    """Somebody signed out here and a system is to be told: `sid` empty: every session of the person there."""

    system = models.ForeignKey(System, models.CASCADE, related_name="logout_notices")
    subject = models.CharField(max_length=60)
    sid = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=100, blank=True)  # of the last attempt
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"logout notice {self.pk}"


class UpstreamLink(models.Model):
    """Somebody known to another provider, by its word for the person, and the account here."""

    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    account_uuid = models.UUIDField(db_index=True)
    linked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["issuer", "subject"], name="upstream_subject_once")]

    def __str__(self) -> str:
        return f"link {self.pk}"
