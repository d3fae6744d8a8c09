"""Messages to a party, shown in the hall; some also go out by e-mail."""

from __future__ import annotations

import uuid

from django.db import models

from zhengtong.kernel.ids import Named


class Message(Named, models.Model):
    """One message in both languages. `email_state` says what became of the letter that went with it.

    `key`, if any, keeps a fact that is announced twice from being told twice. `service_key`: the service it is about;
    an agent with power over some services is shown the messages of those only.
    """

    class Email(models.TextChoices):
        NONE = "none"  # nothing to send: no mail server is set, or the recipient gave no address
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    urn_noun = "message"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recipient_urn = models.CharField(max_length=140)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200, blank=True)
    service_key = models.CharField(max_length=100, blank=True)
    subject = models.JSONField()
    body = models.JSONField()
    link = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    email_state = models.CharField(max_length=8, choices=Email, default=Email.NONE)
    email_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["recipient_urn", "-id"], name="message_of_recipient"),
            models.Index(fields=["recipient_urn"], name="message_unread", condition=models.Q(read_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["recipient_urn", "key"], condition=~models.Q(key=""), name="message_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_urn}"
