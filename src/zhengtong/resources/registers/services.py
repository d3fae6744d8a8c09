"""Door: authorities write the registers; officials read a record in full, with a purpose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.events import services as events
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity import services as identity
from zhengtong.security.permissions import services as permissions

from . import demo, rules
from .events import RecordAmended, RecordRegistered
from .fields import LEGAL_ENTITY, PREMISES, Register
from .models import Change, LegalEntity, Premises, Recorded
from .policies import Write

DEMO_RESTAURANT = demo.RESTAURANT  # credit code of 广安区好味来餐饮有限公司（演示）

R = TypeVar("R", LegalEntity, Premises)


@verb
def register_legal_entity(
    *, actor: Actor, values: Mapping[str, Any], at: datetime, is_synthetic: bool = False
) -> LegalEntity:
    """Enter a legal entity; identity recognises it as a party with the same uuid.

    Raises Invalid (every fault of every field), Conflict (that credit code is registered), Denied (not the authority).
    """
    read, owners = _checked(actor, LEGAL_ENTITY, values, at=at)
    if LegalEntity.objects.filter(uscc=read["uscc"]).exists():
        raise Conflict(_("该统一社会信用代码已经登记。"), remedy=_("如信息有变，请办理变更登记。"))
    party = _recognise(read["uscc"], read["name"], at)
    return _enter(actor, LegalEntity(uuid=party.uuid, is_synthetic=is_synthetic), read, owners, at=at)


@verb
def amend_legal_entity(
    *, actor: Actor, uuid: UUID, changes: Mapping[str, Any], reason: str, at: datetime
) -> LegalEntity:
    """Change fields of a legal entity. Raises Invalid, Conflict (unlawful change of status), Denied, NotFound."""
    entity = _locked(LegalEntity, uuid)
    read, owners = _checked(actor, LEGAL_ENTITY, changes, at=at, record=entity)
    if not rules.is_lawful_status_change(entity.status, read.get("status", entity.status)):
        raise Conflict(_("登记状态不能这样变更。"), remedy=_("已注销的单位不能恢复，请重新登记。"))
    _amend(actor, entity, read, owners, reason, at=at)
    if "name" in read:
        _recognise(entity.uscc, entity.name, at)
    return entity


@verb
def register_premises(*, actor: Actor, values: Mapping[str, Any], at: datetime, is_synthetic: bool = False) -> Premises:
    """Enter premises. Raises Invalid, Conflict (that certificate is registered), Denied (not the authority)."""
    read, owners = _checked(actor, PREMISES, values, at=at)
    if Premises.objects.filter(certificate_number=read["certificate_number"]).exists():
        raise Conflict(_("该不动产权证号已经登记。"), remedy=_("如信息有变，请办理变更登记。"))
    return _enter(actor, Premises(is_synthetic=is_synthetic), read, owners, at=at)


@verb
def amend_premises(*, actor: Actor, uuid: UUID, changes: Mapping[str, Any], reason: str, at: datetime) -> Premises:
    """Change fields of premises; the lease belongs to another authority than the title. Raises as above."""
    premises = _locked(Premises, uuid)
    read, owners = _checked(actor, PREMISES, changes, at=at, record=premises)
    return _amend(actor, premises, read, owners, reason, at=at)


def seed_demo(*, at: datetime) -> demo.Seeded:
    """Enter the synthetic companies and premises of the demonstration. A second call changes nothing."""
    return demo.seed(register_legal_entity, register_premises, amend_premises, at=at)


# -- the steps of a write ---------------------------------------------------------------------------------------------
def _checked(
    actor: Actor, register: Register, values: Mapping[str, Any], *, at: datetime, record: Recorded | None = None
) -> tuple[dict[str, Any], list[UUID]]:
    """The values as stored and the organisations that own them. Who may not write does not learn what is wrong."""
    owners = _organisations(rules.authorities_of(register, values))
    permissions.require(actor, "registers.record.write", Write(record.urn if record else "", frozenset(owners)))
    read, faults = rules.read_values(register, values, today=china_date(at), is_new=record is None)
    if faults or not read:
        raise Invalid(_("登记内容有误，请按提示改正。"), fields=faults)
    return read, owners


def _recognise(uscc: str, name: str, at: datetime) -> Any:
    """Whoever may write the register need not have a permission of identity's: the node does this part itself."""
    return identity.recognise_entity(actor=system_actor("registers"), uscc=uscc, name=name, at=at)


def _organisations(keys: Iterable[str]) -> list[UUID]:
    found = {key: directory.find_organisation(key) for key in sorted(keys)}
    missing = [key for key, organisation in found.items() if organisation is None]
    if missing:
        raise NotFound(_("部门名录中没有数源部门：%s。") % "、".join(missing), remedy=_("请先装入部门名录。"))
    return [organisation.uuid for organisation in found.values() if organisation]


def _locked(model: type[R], uuid: UUID) -> R:
    record = model.objects.select_for_update().filter(uuid=uuid).first()
    if record is None:
        raise NotFound(_("基础库中没有这条记录。"), remedy=_("请核对后重试。"))
    return record


def _enter(actor: Actor, record: R, read: dict[str, Any], owners: list[UUID], *, at: datetime) -> R:
    record.put(read, at=at)
    try:
        with transaction.atomic():
            record.save(force_insert=True)
    except IntegrityError:  # another hand entered it at the same moment
        raise Conflict(_("这条记录已经登记。"), remedy=_("请刷新后查看。")) from None
    _note(record, {name: [None, rules.plain(value)] for name, value in read.items()}, owners, actor=actor, at=at)
    detail = {"fields": sorted(read)}
    audit.record(actor, f"registers.{record.urn_noun}.registered", record, at=at, detail=detail)
    events.publish(RecordRegistered(register=record.urn_noun, record_uuid=str(record.uuid)))
    return record


def _amend(actor: Actor, record: R, read: dict[str, Any], owners: list[UUID], reason: str, *, at: datetime) -> R:
    if not reason.strip():
        raise Invalid(_("请说明变更原因。"), fields=[FieldError("reason", _("请说明变更原因。"), _("变更原因"))])
    changed = {name: value for name, value in read.items() if getattr(record, name) != value}
    before = {name: rules.plain(getattr(record, name)) for name in changed}
    record.put(read, at=at)
    record.save()
    values = {name: [before[name], rules.plain(value)] for name, value in changed.items()}
    _note(record, values, owners, actor=actor, at=at, reason=reason.strip())
    detail = {"fields": sorted(changed)}
    audit.record(actor, f"registers.{record.urn_noun}.amended", record, at=at, detail=detail)
    events.publish(RecordAmended(register=record.urn_noun, record_uuid=str(record.uuid), fields=sorted(changed)))
    return record


def _note(
    record: Recorded, values: dict[str, Any], owners: list[UUID], *, actor: Actor, at: datetime, reason: str = ""
) -> None:
    Change.objects.create(
        register=record.urn_noun,
        record_uuid=record.uuid,
        values=values,
        organisation_uuids=[str(owner) for owner in owners],
        actor_urn=actor.urn,
        reason=reason,
        at=at,
    )
