"""Drafts: kept at every step, taken up again later, gone when the case is filed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.errors import Conflict, NotFound
from zhengtong.kernel.transactions import verb

from ..models import Draft, seal
from ..queries import get_draft


@verb
def save_draft(
    *,
    actor: Actor,
    service_key: str,
    version_uuid: UUID,
    data: dict[str, Any],
    step: str,
    at: datetime,
    expected_revision: int | None = None,
) -> Draft:
    """Keep the answers of the actor for its party and this service: one draft each.

    `expected_revision`: the one the page was drawn from. Raises Conflict where another page has saved since, NotFound
    for an actor without a party.
    """
    if not actor.party_urn:
        raise NotFound(_("请先登录，并选择为谁办理。"))
    place = {"hand_urn": actor.urn, "party_urn": actor.party_urn, "service_key": service_key}
    sealed = seal(data)
    first = {"version_uuid": version_uuid, "sealed": sealed, "step": step, "updated_at": at, "created_at": at}
    draft, is_new = Draft.objects.select_for_update().get_or_create(**place, defaults=first)
    if not is_new:
        _check_revision(draft, expected_revision)
        draft.rewrite(version_uuid=version_uuid, sealed=sealed, step=step, updated_at=at)
        draft.save()
    return draft


def discard_draft(*, actor: Actor, uuid: UUID) -> None:
    """Throw the draft away. Raises NotFound unless it is the actor's."""
    get_draft(actor, uuid).delete()


def discard_drafts(*, party_urn: str, service_key: str) -> list[UUID]:
    """Throw away what every hand of a party has drafted under this key, when there is nothing left to hand in.

    For the verb that ends the matter, which has asked whether it may; gives the uuids of the drafts that are gone.
    """
    drafts = Draft.objects.filter(party_urn=party_urn, service_key=service_key)
    gone = list(drafts.values_list("uuid", flat=True))
    if gone:
        drafts.filter(uuid__in=gone).delete()
    return gone


def discard_untouched(*, uuid: UUID, since: datetime) -> bool:
    """Remove a draft unless somebody has saved it since then. Whether it was there to remove."""
    return bool(Draft.objects.filter(uuid=uuid, updated_at__lt=since).delete()[0])


def _check_revision(draft: Draft, expected: int | None) -> None:
    """The moment is said in China's time."""
    if expected is not None and expected != draft.revision:
        raise Conflict(
            _("这份草稿已在另一个页面中保存过（%s）。") % f"{draft.updated_at.astimezone(CHINA):%H:%M}",
            remedy=_("请重新打开草稿，核对后再填写。"),
        )
