"""A system subscribes to a register; an authority whose fields it takes ends that, from the next call on (订阅)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound, ZhengtongError
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import catalogue, readers
from ..definition.model import Definition, Type
from ..models import ReadGrant, Subscription
from ..purposes import Purpose
from ..sights import Reach, Sight, sight_of

BULK = "registers.bulk.read"


class SubscriptionEnded(ZhengtongError):
    """The grant on which it rests holds no more."""

    status = 403
    code = "subscription-ended"
    title = gettext_lazy("订阅已经失效")
    remedy = gettext_lazy("请与数源部门联系，取得新的读取授权后重新订阅。")


@verb
def open_subscription(
    *, actor: Actor, register: str, fields: Sequence[str], purpose: Purpose, grant_uuid: UUID | None = None,
    at: datetime,
) -> Subscription:  # fmt: skip
    """From now on the system may take these fields of all records, and follow their changes, for the purpose.

    They are of its own authority, open to all, or of the grant. Raises Denied, NotFound, Invalid (every fault at once).
    """
    definition = catalogue.get(register)
    consumer = min(readers.organisations(actor, BULK, purpose=purpose.key))
    grant = _grant(definition, consumer, grant_uuid, purpose, china_date(at)) if grant_uuid else None
    reach = reach_of(definition, consumer, grant)
    chosen = _chosen(definition, fields, reach)
    made = Subscription.objects.create(
        register=register, consumer_uuid=consumer, provider_uuid=_provider(definition, grant), grant=grant,
        fields=chosen, purpose=purpose.key, matter=purpose.matter, opened_by_urn=actor.urn, opened_at=at,
    )  # fmt: skip
    audit.record(
        actor, "registers.subscription.opened", made, at=at, detail=_detail(made), purpose=purpose.text
    )  # fmt: skip
    return made


@verb
def revoke_subscription(*, actor: Actor, subscription_uuid: UUID, reason: str, at: datetime) -> Subscription:
    """From its next call on the system gets nothing more. Raises Denied, NotFound, Conflict, Invalid (no reason)."""
    found = Subscription.objects.select_for_update().filter(uuid=subscription_uuid).first()
    if found is None:
        raise NotFound(_("没有这项订阅。"))
    permissions.require(actor, "registers.subscription.revoke", found)
    if found.revoked_at:
        raise Conflict(_("这项订阅已经终止。"))
    if not reason.strip():
        told = _("请说明终止的原因。")
        raise Invalid(told, fields=[FieldError("reason", told, _("原因"))])
    found.revoked_at, found.revoked_by_urn, found.revoked_reason = at, actor.urn, reason.strip()[:500]
    found.save(update_fields=["revoked_at", "revoked_by_urn", "revoked_reason"])
    audit.record(actor, "registers.subscription.revoked", found, at=at, detail=_detail(found))
    return found


def used(actor: Actor, register: str, subscription_uuid: UUID, at: datetime) -> Subscription:
    """The subscription for a call that rests on it. Raises Denied (another's; revoked), SubscriptionEnded, NotFound."""
    found = Subscription.objects.select_related("grant").filter(uuid=subscription_uuid, register=register).first()
    if found is None:
        raise NotFound(_("没有这项订阅。"), remedy=_("请先订阅，或核对订阅编号和基础库。"))
    permissions.require(actor, "registers.subscription.use", found)
    if found.grant and not is_standing(found.grant, china_date(at)):
        raise SubscriptionEnded(_("所依据的读取授权已经撤销或到期。"))
    return found


def mark_used(found: Subscription, at: datetime) -> None:
    Subscription.objects.filter(pk=found.pk).update(last_read_at=at)


def is_standing(grant: ReadGrant, on: date) -> bool:
    return grant.revoked_at is None and grant.since <= on and (grant.until is None or on <= grant.until)


def is_in_force(found: Subscription, on: date) -> bool:
    """Neither it nor its grant was ended."""
    return found.revoked_at is None and (found.grant is None or is_standing(found.grant, on))


def reach_of(definition: Definition, consumer_uuid: UUID, grant: ReadGrant | None) -> Reach:
    """The own authority, and what this one grant opens of its authority's fields. One query."""
    keys = frozenset(one.key for one in directory.organisations_by_uuid([consumer_uuid]).values())
    named = [definition.by_name[n] for n in grant.fields if n in definition.by_name] if grant else []
    return Reach(keys, frozenset(one.name for one in named if grant and one.authority == grant.authority))


def _grant(definition: Definition, consumer: UUID, uuid: UUID, purpose: Purpose, on: date) -> ReadGrant:
    found = ReadGrant.objects.filter(uuid=uuid, register=definition.key, consumer_uuid=consumer).first()
    if found is None or not is_standing(found, on) or purpose.key not in found.purposes:
        told = _("没有对本部门有效、包含这一目的的读取授权。")
        raise Invalid(told, fields=[FieldError("grant", told, _("授权"))])
    return found


def _chosen(definition: Definition, fields: Sequence[str], reach: Reach) -> list[str]:
    """The fields in the order of the definition. Raises Invalid, naming each that is unknown or not granted."""
    faults = []
    for name in dict.fromkeys(fields):
        one = definition.find(name)
        if one is None or one.type is Type.URN or one.is_retired:
            faults.append(FieldError("fields", _("没有数据项“%s”。") % name, _("数据项")))
        elif sight_of(one, reach) is not Sight.WHOLE:
            told = _("“%s”没有授权：请先取得数源部门的读取授权。") % localised(one.label)
            faults.append(FieldError("fields", told, _("数据项")))
    if not fields:
        faults.append(FieldError("fields", _("请至少选择一个数据项。"), _("数据项")))
    if faults:
        raise Invalid(_("没有订阅，请先修改。"), fields=faults)
    return [one.name for one in definition.fields if one.name in fields]


def _provider(definition: Definition, grant: ReadGrant | None) -> UUID:
    """Who ends it: the authority that granted, else the first of the register."""
    if grant:
        return grant.provider_uuid
    found = directory.find_organisation(definition.authorities[0].key)
    if found is None:
        raise NotFound(_("部门名录中没有这个基础库的数源部门。"))
    return found.uuid


def _detail(one: Subscription) -> dict[str, object]:
    return {"register": one.register, "fields": one.fields, "consumer": str(one.consumer_uuid)}
