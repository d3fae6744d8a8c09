"""授权代行: hand acts of one's post to a colleague for a while; take them back; know on whose behalf somebody acts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor, PostRef
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.security.audit import services as audit

from . import held, providers
from .declared import POLICIES
from .held import Lent
from .models import Delegation

LONGEST = timedelta(days=92)  # a leave or a journey; who stays away longer is replaced by an appointment
KEPT_FOR_ONESELF = frozenset({"permissions.delegation.give", "permissions.role.bind"})

_acting: ContextVar[tuple[str, Lent] | None] = ContextVar("acting_under_a_delegation", default=None)


def forget() -> None:
    """A new request: nobody has done anything yet."""
    _acting.set(None)


def note(actor: Actor, action: str, obj: Any) -> None:
    """After a `require` that held: remember whether it held only by a delegation, for what the log says next."""
    used = deciding(actor, action, obj)
    _acting.set((actor.urn, used) if used else None)


def deciding(actor: Actor, action: str, obj: Any = None) -> Lent | None:
    """The delegation without which the actor might not do this; None where he may in his own right, or not at all."""
    lent = held.lent_with(actor, action)
    if not lent or not POLICIES.get(action).predicate.test(actor, obj):
        return None
    with held.in_own_right():
        if POLICIES.get(action).predicate.test(actor, obj):
            return None
    return lent[0]


def principal_of(actor: Actor) -> str:
    """On whose behalf the actor does what he was just allowed: for the log."""
    acting = _acting.get()
    return acting[1].giver_urn if acting and acting[0] == actor.urn and not actor.party_urn else actor.party_urn


def check_gift(
    *, post: PostRef | None, actions: Iterable[str], since: datetime, until: datetime, at: datetime
) -> list[str]:
    """The acts, in order. Raises Invalid (field by field), Conflict (the actor does not hold them himself)."""
    wanted = sorted(set(actions))
    if post is None:
        raise Invalid(_("只能授权本人岗位的权限。"), fields=[FieldError("post", _("请选择本人的岗位。"))])
    if not wanted:
        raise Invalid(_("请选择授权代行的事项。"), fields=[FieldError("actions", _("请至少选择一项。"))])
    if not since < until <= since + LONGEST or until <= at:
        message = _("结束时间应当晚于开始时间，且不超过 %d 天。") % LONGEST.days
        raise Invalid(message, fields=[FieldError("until", message)])
    missing = [a for a in wanted if a not in held.own_permissions(post.uuid) or a in KEPT_FOR_ONESELF]
    if missing:
        named = "、".join(POLICIES.get(a).label["zh"] if a in POLICIES else a for a in missing)
        raise Conflict(
            _("不能授权本人岗位没有的、他人授权给本人的，或者必须由本人行使的权限：%s") % named,
            remedy=_("请只选择本人岗位自有的权限。"),
        )
    return wanted


def check_receiver(actor: Actor, post: PostRef, receiver_uuid: uuid.UUID, at: datetime) -> str:
    """The colleague's name. Raises NotFound, Conflict (oneself, not of the organisation)."""
    name, posts = providers.posts_of_account(receiver_uuid, at)
    if not posts:
        raise NotFound(_("没有找到这位工作人员。"), remedy=_("请从本部门在任人员中选择。"))
    if receiver_uuid == actor.account_uuid:
        raise Conflict(_("不能授权给本人。"), remedy=_("请选择另一位同事。"))
    if post.organisation_uuid not in {held_post.organisation_uuid for held_post in posts}:
        raise Conflict(_("只能授权给同一部门的同事。"), remedy=_("请从本部门在任人员中选择。"))
    return name


def end(delegation: Delegation, *, by: Actor, at: datetime) -> None:
    """End a delegation before its time, and witness it. Nothing happens to one that is over."""
    if delegation.ended_at or delegation.until <= at:
        return
    delegation.ended_at, delegation.ended_by_urn = max(at, delegation.since), by.urn
    delegation.save(update_fields=["ended_at", "ended_by_urn"])
    held.forget()
    audit.record(by, "permissions.delegation.ended", delegation, at=at, detail={"post": str(delegation.post_uuid)})
