"""Questions about drafts, and the choices of code tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import NotFound

from .models import Draft
from .providers import OPTIONS, Option

MAX_OPTIONS = 50


def list_drafts(actor: Actor) -> list[Draft]:
    """The actor's own drafts for its present party, latest first. One query; `data` decrypts."""
    if not actor.party_urn:
        return []
    return list(Draft.objects.filter(hand_urn=actor.urn, party_urn=actor.party_urn).order_by("-updated_at")[:100])


def list_untouched(since: datetime, *, after: int = 0, limit: int = 200) -> list[Draft]:
    """Drafts of everybody that nobody has saved since then, by id from `after` on; without their answers."""
    drafts = Draft.objects.filter(updated_at__lt=since, id__gt=after).defer("sealed")
    return list(drafts.order_by("id")[:limit])


def find_draft(actor: Actor, service_key: str) -> Draft | None:
    """The actor's draft for this service."""
    return Draft.objects.filter(hand_urn=actor.urn, party_urn=actor.party_urn, service_key=service_key).first()


def get_draft(actor: Actor, uuid: UUID, *, lock: bool = False) -> Draft:
    """A draft of the actor, locked until the transaction ends where it is to be changed or handed in.

    Raises NotFound, also for a draft that belongs to somebody else.
    """
    drafts = Draft.objects.select_for_update() if lock else Draft.objects.all()
    draft = drafts.filter(uuid=uuid, hand_urn=actor.urn, party_urn=actor.party_urn or "-").first()
    if draft is None:
        raise NotFound(_("没有这份草稿。"), remedy=_("它可能已经提交或删除，请到“我的草稿”查看。"))
    return draft


def search_options(table: str, words: str, limit: int = 20) -> Sequence[Option]:
    """Items of a code table for a search box. Raises NotFound for an unknown table."""
    source = OPTIONS.find(table)
    if source is None:
        raise NotFound(_("没有这个代码表。"))
    words = " ".join(words.split())[:50]
    return source.search(words, min(limit, MAX_OPTIONS)) if words else []
