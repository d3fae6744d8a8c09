"""Questions about messages."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import NotFound

from .models import Message

PAGE = 30
CEILING = 99
PRIVATE = "identity."  # kinds that begin so: the account, and who may act for one


def messages_of(party_urn: str, services: Collection[str] | None = None, *, private: bool = True) -> QuerySet[Message]:
    """The party's messages; with `services` only those about one of them. Not `private`: none about its account, which
    are for its own eyes, not for its agents'."""
    messages = Message.objects.filter(recipient_urn=party_urn)
    if not private:
        messages = messages.exclude(kind__startswith=PRIVATE)
    return messages if services is None else messages.filter(service_key__in=sorted(services))


def list_messages(
    party_urn: str,
    *,
    services: Collection[str] | None = None,
    private: bool = True,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Message]:
    """The party's messages (about some services), newest first; `before` is the last `pk` of the page before."""
    messages = messages_of(party_urn, services, private=private)
    if before is not None:
        messages = messages.filter(pk__lt=before)
    return list(messages.order_by("-id")[:limit])


def get_message(party_urn: str, message_uuid: UUID) -> Message:
    """One message of the party. Raises NotFound, also for a message of somebody else."""
    message = Message.objects.filter(recipient_urn=party_urn, uuid=message_uuid).first()
    if message is None:
        raise NotFound(_("没有这条消息。"))
    return message


def count_unread(party_urn: str, services: Collection[str] | None = None, *, private: bool = True) -> int:
    """Unread messages (about some services), counted up to 99. One query on a partial index."""
    return messages_of(party_urn, services, private=private).filter(read_at=None).order_by()[:CEILING].count()
