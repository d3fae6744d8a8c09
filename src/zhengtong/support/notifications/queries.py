"""Questions about messages."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import NotFound

from .models import Message

PAGE = 30
CEILING = 99


def list_messages(party_urn: str, *, before: int | None = None, limit: int = PAGE) -> list[Message]:
    """The party's messages, newest first; `before` is the last `pk` of the page before."""
    messages = Message.objects.filter(recipient_urn=party_urn)
    if before is not None:
        messages = messages.filter(pk__lt=before)
    return list(messages.order_by("-id")[:limit])


def get_message(party_urn: str, message_uuid: UUID) -> Message:
    """One message of the party. Raises NotFound, also for a message of somebody else."""
    message = Message.objects.filter(recipient_urn=party_urn, uuid=message_uuid).first()
    if message is None:
        raise NotFound(_("没有这条消息。"))
    return message


def count_unread(party_urn: str) -> int:
    """Unread messages, counted up to 99. One query on a partial index."""
    return Message.objects.filter(recipient_urn=party_urn, read_at=None).order_by()[:CEILING].count()
