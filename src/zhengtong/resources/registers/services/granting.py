"""An authority lets an organisation read its fields for some purposes, and takes it back (共享授权)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import catalogue
from ..definition.model import Definition, Sharing
from ..models import ReadGrant
from ..purposes import PURPOSES


@verb
def grant_reading(
    *, actor: Actor, register: str, authority: str, consumer_uuid: UUID, fields: Sequence[str], purposes: Sequence[str],
    basis: str, since: date | None = None, until: date | None = None, at: datetime,
) -> ReadGrant:  # fmt: skip
    """From `since` (else today) to `until` (None: without end) the organisation reads these fields whole.

    All of one authority, none that may not be shared. Raises Denied, Invalid (every fault at once), NotFound.
    """
    definition = catalogue.get(register)
    provider = directory.find_organisation(authority)
    if provider is None or authority not in {one.key for one in definition.authorities}:
        raise NotFound(_("“%s”不是这个基础库的数源部门。") % authority, remedy=_("请从定义页中选择。"))
    grant = ReadGrant(
        register=register, authority=authority, provider_uuid=provider.uuid, consumer_uuid=consumer_uuid,
        fields=sorted(set(fields)), purposes=sorted(set(purposes)), basis=basis.strip()[:500],
        since=since or china_date(at), until=until, granted_by_urn=actor.urn, granted_at=at,
    )  # fmt: skip
    permissions.require(actor, "registers.grant.decide", grant)
    _check(definition, grant, at)
    grant.save()
    audit.record(actor, "registers.grant.given", grant, at=at, detail=_detail(grant))
    return grant


@verb
def revoke_grant(*, actor: Actor, grant_uuid: UUID, reason: str, at: datetime) -> ReadGrant:
    """From now on the organisation reads by it no more. Raises Denied, NotFound, Conflict, Invalid (no reason)."""
    grant = ReadGrant.objects.select_for_update().filter(uuid=grant_uuid).first()
    if grant is None:
        raise NotFound(_("没有这项读取授权。"))
    permissions.require(actor, "registers.grant.decide", grant)
    if grant.revoked_at:
        raise Conflict(_("这项授权已经撤销。"))
    if not reason.strip():
        told = _("请说明撤销的原因。")
        raise Invalid(told, fields=[FieldError("reason", told, _("原因"))])
    grant.revoked_at, grant.revoked_by_urn, grant.revoked_reason = at, actor.urn, reason.strip()[:500]
    grant.save(update_fields=["revoked_at", "revoked_by_urn", "revoked_reason"])
    audit.record(actor, "registers.grant.revoked", grant, at=at, detail=_detail(grant))
    return grant


def _check(definition: Definition, grant: ReadGrant, at: datetime) -> None:
    faults = [*_field_faults(definition, grant)]
    if unknown := [key for key in grant.purposes if key not in PURPOSES]:
        faults.append(FieldError("purposes", _("没有这样的目的：%s。") % "、".join(unknown), _("目的")))
    if not grant.purposes:
        faults.append(FieldError("purposes", _("请至少选择一个目的。"), _("目的")))
    if not grant.basis:
        faults.append(FieldError("basis", _("请写明授权依据，例如法律条文或共享协议编号。"), _("依据")))
    if grant.until and grant.until < max(grant.since, china_date(at)):
        faults.append(FieldError("until", _("截止日期不能早于开始日期和今天。"), _("截止日期")))
    if grant.consumer_uuid not in directory.organisations_by_uuid([grant.consumer_uuid]):
        faults.append(FieldError("consumer", _("请从部门名录中选择使用部门。"), _("使用部门")))
    elif grant.consumer_uuid == grant.provider_uuid:
        faults.append(FieldError("consumer", _("数源部门读取自己的数据项不需要授权。"), _("使用部门")))
    if faults:
        raise Invalid(_("没有授权，请先修改。"), fields=faults)


def _field_faults(definition: Definition, grant: ReadGrant) -> list[FieldError]:
    label = _("数据项")
    if not grant.fields:
        return [FieldError("fields", _("请至少选择一个数据项。"), label)]
    faults = []
    for name in grant.fields:
        one = definition.find(name)
        if one is None or one.authority != grant.authority:
            faults.append(FieldError("fields", _("“%s”不是该数源部门的数据项。") % name, label))
        elif one.sharing is Sharing.WITHHELD:
            faults.append(FieldError("fields", _("“%s”不予共享，不能授权。") % name, label))
    return faults


def _detail(grant: ReadGrant) -> dict[str, object]:
    return {
        "register": grant.register, "authority": grant.authority, "consumer": str(grant.consumer_uuid),
        "fields": grant.fields, "purposes": grant.purposes,
    }  # fmt: skip
