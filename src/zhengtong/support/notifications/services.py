"""Tell a party something: at once in the hall, and by e-mail where a mail server is set."""

from __future__ import annotations

import smtplib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from procrastinate.contrib.django import app

from zhengtong.kernel.texts import Texts
from zhengtong.security.identity import queries as identity

from .models import Message

DELIVER = "zhengtong.support.notifications.deliver_email"
NOT_THERE = (550, 551, 553, 554)  # SMTP: the address will not exist tomorrow either


def send(*, recipient_urn: str, kind: str, subject: Texts, body: Texts, link: str = "", at: datetime) -> Message:
    """Put a message into the party's box in the caller's transaction; the letter, if any, follows after the commit.

    Nothing is mailed where ZT_SMTP_HOST is empty: the message in the hall is the notice.
    """
    by_mail = bool(settings.EMAIL_HOST)
    message = Message.objects.create(
        recipient_urn=recipient_urn,
        kind=kind,
        subject=dict(subject),
        body=dict(body),
        link=link,
        sent_at=at,
        email_state=Message.Email.WAITING if by_mail else Message.Email.NONE,
    )
    if by_mail:
        app.configure_task(DELIVER, queue="mail").defer(message_uuid=str(message.uuid))
    return message


def deliver_email(*, message_uuid: UUID) -> None:
    """Hand the letter to the mail server. Raises on a passing fault, so that the job is tried again."""
    message = Message.objects.get(uuid=message_uuid)
    address = identity.find_email(message.recipient_urn)
    if message.email_state != Message.Email.WAITING:
        return
    if not address:
        _settle(message, Message.Email.NONE)
        return
    try:
        EmailMessage(_line(message.subject), _text(message), to=[address]).send()
    except smtplib.SMTPRecipientsRefused as refused:
        if not all(code in NOT_THERE for code, _reason in refused.recipients.values()):
            raise
        _settle(message, Message.Email.FAILED)
    else:
        _settle(message, Message.Email.SENT)


def mark_all_read(recipient_urn: str, *, at: datetime) -> int:
    """Mark every message of the party as read. Returns how many were unread."""
    return Message.objects.filter(recipient_urn=recipient_urn, read_at=None).update(read_at=at)


def _settle(message: Message, state: Message.Email) -> None:
    message.email_state = state
    message.save(update_fields=["email_state"])


def _line(subject: dict[str, Any]) -> str:
    """Both languages on one line; no line breaks get into a header."""
    return " ".join(" / ".join(filter(None, (subject.get("zh"), subject.get("en")))).split())


def _text(message: Message) -> str:
    link = f"\n\n{settings.ZT_BASE_URL}{message.link}" if message.link else ""
    return f"{message.body.get('zh', '')}\n\n{message.body.get('en', '')}{link}\n"
