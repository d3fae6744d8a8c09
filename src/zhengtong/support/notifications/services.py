"""Tell a party something: at once in the hall, and by e-mail where a mail server is set."""

from __future__ import annotations

import smtplib
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from zhengtong.kernel.compiled import insert
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.texts import Texts, missing_languages
from zhengtong.security.identity import queries as identity

from . import queries, rules
from .models import Message

DELIVER = "zhengtong.support.notifications.deliver_email"  # the task in tasks.py
QUEUE = "mail"
MOST_ATTEMPTS = 8


class NotYetDelivered(RuntimeError):
    """The mail server could not be reached, or asked us to try again later."""


def send(
    *,
    recipient_urn: str,
    kind: str,
    subject: Texts,
    body: Texts,
    link: str = "",
    at: datetime,
    key: str = "",
    service_key: str = "",
) -> Message:
    """Put a message into the party's box in the caller's transaction; the letter, if any, follows after the commit.

    `link` is a path of this node. With `key` a party is told once: a second message with the same key changes nothing
    and gives the first. `service_key`: what it is about, for agents whose power is limited. Nothing is mailed where
    ZT_SMTP_HOST is empty: the message in the hall is the notice.
    Raises Invalid if a language is missing.
    """
    if missing_languages(subject) or missing_languages(body):
        raise Invalid(_("消息的标题和正文须有中文和英文。"))
    message = Message(
        recipient_urn=recipient_urn, kind=kind, key=key, subject=dict(subject), body=dict(body), link=link, sent_at=at,
        service_key=service_key,
        email_state=Message.Email.WAITING if settings.EMAIL_HOST else Message.Email.NONE,
    )  # fmt: skip
    with transaction.atomic(savepoint=bool(key)):
        if key and (told := _told_before(message)):
            return told
        if not key:
            insert(message)
        if message.email_state == Message.Email.WAITING:
            app.configure_task(DELIVER, queue=QUEUE).defer(message_uuid=str(message.uuid))
    return message


def mark_read(recipient_urn: str, message_uuids: Iterable[UUID], *, at: datetime) -> int:
    """Note that a party has read messages of its own; others' are left alone. Returns how many were unread."""
    unread = Message.objects.filter(recipient_urn=recipient_urn, uuid__in=list(message_uuids), read_at=None)
    return unread.update(read_at=at)


def mark_all_read(
    recipient_urn: str, *, at: datetime, services: Collection[str] | None = None, private: bool = True
) -> int:
    """Mark every message sent to the party up to now, or those about some services, as read. Returns how many."""
    unread = queries.messages_of(recipient_urn, services, private=private).filter(read_at=None, sent_at__lte=at)
    return unread.update(read_at=at)


def deliver_email(*, message_uuid: UUID) -> Message.Email:
    """Hand the letter to the mail server. The address is looked up now and never stored.

    Raises NotYetDelivered on a passing fault, so that the job is tried again; gives up after MOST_ATTEMPTS, or at once
    when the server refuses for good.
    """
    message = Message.objects.get(uuid=message_uuid)
    if message.email_state != Message.Email.WAITING:
        return Message.Email(message.email_state)
    address = identity.find_email(message.recipient_urn)
    if not rules.is_address(address):
        return _settle(message, Message.Email.NONE)
    message.email_attempts += 1
    try:
        _letter(message, address).send()
    except (OSError, smtplib.SMTPException) as error:
        if not rules.is_final(error) and message.email_attempts < MOST_ATTEMPTS:
            message.save(update_fields=["email_attempts"])
            raise NotYetDelivered(f"{type(error).__name__}, attempt {message.email_attempts}") from None
        return _settle(message, Message.Email.FAILED)
    return _settle(message, Message.Email.SENT)


# -- the steps ----------------------------------------------------------------------------------------------------
def _told_before(message: Message) -> Message | None:
    """Insert the message unless one with its key is there; then give that one."""
    Message.objects.bulk_create([message], ignore_conflicts=True)
    standing = Message.objects.get(recipient_urn=message.recipient_urn, key=message.key)
    return None if standing.uuid == message.uuid else standing


def _letter(message: Message, address: str) -> EmailMessage:
    return EmailMessage(
        subject=rules.letter_subject(message.subject, settings.ZT_NODE_NAME),
        body=rules.letter_text(message.body, message.link, settings.ZT_BASE_URL),
        to=[address],
        headers={"Message-ID": f"<{message.uuid}@zhengtong>", "Auto-Submitted": "auto-generated"},
    )


def _settle(message: Message, state: Message.Email) -> Message.Email:
    message.email_state = state
    message.save(update_fields=["email_state", "email_attempts"])
    return state
