"""Disputes (疑义核查): somebody says that a value is wrong, its authority answers in time, and the disputer is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import Texts, localised
from zhengtong.kernel.transactions import verb
from zhengtong.resources.standards import queries as standards
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import services as deadlines
from zhengtong.support.notifications import services as notifications

from .. import catalogue, own, queries, rows
from ..definition.model import Definition, Field, Type
from ..models import Dispute
from ..places import Places
from ..subjects import subjects_of
from ..values import Unreadable, plain, read_value
from .writing import correct_record

DAYS = 10  # working days to answer
BASIS: Texts = {
    "zh": "政务数据共享条例（国务院令第809号）：收到校核申请之日起10个工作日内核实并反馈",
    "en": "Regulations on sharing government data (State Council decree 809): answered within 10 working days",
}
CLOCK = "answer"


@verb
def dispute_value(
    *, actor: Actor, register: str, record_uuid: UUID, field: str, stated: str, reason: str, at: datetime
) -> Dispute:
    """An official doubts a value: it is marked, and its authority has 10 working days to answer.

    Raises Denied, NotFound, Invalid, Conflict (this value is under investigation already).
    """
    permissions.require(actor, "registers.dispute.raise")
    return _raise(actor, catalogue.get(register), record_uuid, Doubt(field, stated, reason), at=at)


@verb
def dispute_own(
    *, actor: Actor, register: str, record_uuid: UUID, field: str, stated: str, reason: str, at: datetime
) -> Dispute:
    """The party doubts a value that a register holds of itself. Raises as `dispute_value`; NotFound: not its record."""
    permissions.require(actor, "registers.own.read")
    if not any(one.uuid == record_uuid and one.definition.key == register for one in own.records_of(actor, at)):
        raise NotFound(_("基础库中没有这条记录。"), remedy=_("只能对本人（本单位）的数据提出疑义。"))
    doubt = Doubt(field, stated, reason, actor.party_urn)
    return _raise(actor, catalogue.get(register), record_uuid, doubt, at=at)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What somebody says of a field: what it should be, and why."""

    field: str
    stated: str
    reason: str
    party_urn: str = ""


def _raise(actor: Actor, definition: Definition, record_uuid: UUID, doubt: Doubt, *, at: datetime) -> Dispute:
    row = rows.find(definition, record_uuid, lock=True)
    if row is None:
        raise NotFound(_("基础库中没有这条记录。"))
    one = _disputable(definition, doubt.field)
    value = _stated(one, doubt, at)
    if rows.opened(row.values[one.name]) == value:
        raise Invalid(_("登记的就是这个值。"), fields=[FieldError("stated", _("与登记的相同。"), _("应为"))])
    dispute = _made(actor, definition.key, record_uuid, one, doubt)
    dispute.stated, dispute.raised_at = str(plain(value)), at
    _open(dispute)
    rows.update(definition, row.id, {"disputed": sorted({*row.disputed, one.name})})
    deadlines.start_clock(
        dispute.urn, CLOCK, "review", DAYS, basis=BASIS, at=at, organisation_uuid=dispute.authority_uuid
    )
    audit.record(actor, "registers.dispute.raised", dispute, at=at, detail=_detail(dispute))
    return dispute


def _made(actor: Actor, register: str, record_uuid: UUID, one: Field, doubt: Doubt) -> Dispute:
    authority = directory.find_organisation(one.authority)
    if authority is None:
        raise NotFound(_("部门名录中没有数源部门：%s。") % one.authority, remedy=_("请先装入部门名录。"))
    return Dispute(
        register=register, record_uuid=record_uuid, field=one.name, reason=doubt.reason.strip()[:1000],
        authority=one.authority, authority_uuid=authority.uuid, raised_by_urn=actor.urn, party_urn=doubt.party_urn,
        organisation_uuid=actor.posts[0].organisation_uuid if actor.posts else None,
    )  # fmt: skip


def _open(dispute: Dispute) -> None:
    try:
        with transaction.atomic():
            dispute.save()
    except IntegrityError as fault:
        raise Conflict(_("此项已有人提出疑义，正在核查。"), remedy=_("请等待数源部门答复。")) from fault


def _disputable(definition: Definition, name: str) -> Field:
    one = definition.find(name)
    if one is None or one.is_retired or one.type in (Type.URN, Type.GEOMETRY):
        told = _("请选择要核查的数据项。")
        raise Invalid(told, fields=[FieldError("field", told, _("数据项"))])
    return one


def _stated(one: Field, doubt: Doubt, at: datetime) -> Any:
    """What the value should be, readable as one. Raises Invalid with every fault."""
    faults, value = [], None
    try:
        value = read_value(one, doubt.stated, today=china_date(at), codes=_is_code, places=Places(is_synthetic=True))
        if value is None:
            raise Unreadable("missing", _("请写明您认为正确的内容。"))
    except Unreadable as fault:
        faults.append(FieldError("stated", str(fault), _("应为")))
    if not doubt.reason.strip():
        faults.append(FieldError("reason", _("请说明理由，例如依据的证件或文书。"), _("理由")))
    if faults:
        raise Invalid(_("没有提交，请先修改。"), fields=faults)
    return value


# -- the answer -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Opened:
    """A dispute for whoever answers it, unmasked: what is registered and what should be, as it is written in forms."""

    dispute: Dispute
    held: str
    stated: str


@verb
def reveal_dispute(*, actor: Actor, dispute_uuid: UUID, at: datetime) -> Opened:
    """Both values in clear, on record for the person. Raises Denied, NotFound."""
    dispute = _get(dispute_uuid)
    permissions.require(actor, "registers.dispute.answer", dispute)
    record = queries.get_record(dispute.register, dispute.record_uuid)
    subjects = subjects_of(record.definition, [record.row])
    if subjects:
        audit.record_read(actor, subjects, _PURPOSE, record.urn, at=at)
    held = plain(record[dispute.field])
    return Opened(dispute, "" if held is None else str(held), str(dispute.stated))


_PURPOSE = "数据核查：核查对登记数据提出的疑义"


@verb
def uphold_dispute(
    *, actor: Actor, dispute_uuid: UUID, value: str, reason: str, document: str, at: datetime
) -> Dispute:
    """The value was wrong: its authority corrects it to `value`, by its own verb, and the disputer is told.

    Where it was corrected meanwhile, nothing is written again. Raises Denied, NotFound, Conflict, Invalid.
    """
    dispute = _to_answer(actor, dispute_uuid)
    record = queries.get_record(dispute.register, dispute.record_uuid)
    one = record.definition.by_name[dispute.field]
    try:
        is_there = read_value(one, value, today=china_date(at), codes=_is_code) == record[dispute.field]
    except Unreadable as fault:
        raise Invalid(_("没有更正，请先修改。"), fields=[FieldError("value", str(fault), _("更正为"))]) from fault
    if not is_there:
        correct_record(
            actor=actor, register=dispute.register, uuid=dispute.record_uuid, changes={dispute.field: value},
            since=record.row.valid_from, reason=reason, document=document, at=at,
        )  # fmt: skip
    _close(actor, dispute, Dispute.Status.UPHELD, reason, at)
    return dispute


@verb
def reject_dispute(*, actor: Actor, dispute_uuid: UUID, reason: str, at: datetime) -> Dispute:
    """The value is right, for a reason that the disputer is told. Raises Denied, NotFound, Conflict, Invalid."""
    dispute = _to_answer(actor, dispute_uuid)
    _close(actor, dispute, Dispute.Status.REJECTED, reason, at)
    return dispute


def _get(dispute_uuid: UUID, *, lock: bool = False) -> Dispute:
    found = Dispute.objects.select_for_update() if lock else Dispute.objects.all()
    dispute = found.filter(uuid=dispute_uuid).first()
    if dispute is None:
        raise NotFound(_("没有这项疑义。"))
    return dispute


def _to_answer(actor: Actor, dispute_uuid: UUID) -> Dispute:
    dispute = _get(dispute_uuid)
    rows.find(catalogue.get(dispute.register), dispute.record_uuid, lock=True)  # the record first, as who disputes
    dispute = _get(dispute_uuid, lock=True)
    permissions.require(actor, "registers.dispute.answer", dispute)
    if not dispute.is_open:
        raise Conflict(_("这项疑义已经答复。"))
    return dispute


def _close(actor: Actor, dispute: Dispute, status: Dispute.Status, reason: str, at: datetime) -> None:
    if not reason.strip():
        told = _("请说明核查的情况和结论；提出人会看到。")
        raise Invalid(told, fields=[FieldError("reason", told, _("答复"))])
    dispute.status, dispute.answer = status, reason.strip()[:1000]
    dispute.answered_by_urn, dispute.answered_at = actor.urn, at
    dispute.save(update_fields=["status", "answer", "answered_by_urn", "answered_at"])
    definition = catalogue.get(dispute.register)
    row = rows.find(definition, dispute.record_uuid)
    assert row, "no record is ever deleted"
    rows.update(definition, row.id, {"disputed": [name for name in row.disputed if name != dispute.field]})
    deadlines.stop(dispute.urn, CLOCK, at=at)
    audit.record(actor, f"registers.dispute.{status.value}", dispute, at=at, detail=_detail(dispute))
    _tell(dispute, definition, at)


def _tell(dispute: Dispute, definition: Definition, at: datetime) -> None:
    """The party finds the answer among its messages; the office of an official, in its list of disputes."""
    if not dispute.party_urn:
        return
    label = definition.by_name[dispute.field].label
    outcome = {
        Dispute.Status.UPHELD: {"zh": "属实，已更正", "en": "you were right, it has been corrected"},
        Dispute.Status.REJECTED: {"zh": "经核查登记无误", "en": "checked, the registered value is right"},
    }[Dispute.Status(dispute.status)]
    notifications.send(
        recipient_urn=dispute.party_urn, kind="registers.dispute", at=at, key=f"{dispute.uuid}",
        link="/hall/data/",
        subject={"zh": "您提出的数据疑义已有答复", "en": "Your dispute about registered data has been answered"},
        body={
            lang: f"{localised(definition.label, lang)} · {localised(label, lang)}{sign}{outcome[lang]}{stop}"
            f"{dispute.answer!s}"
            for lang, sign, stop in (("zh", "：", "。"), ("en", ": ", ". "))
        },
    )  # fmt: skip


def _detail(dispute: Dispute) -> dict[str, Any]:
    record = make_urn("registers", catalogue.get(dispute.register).noun, dispute.record_uuid)
    return {"register": dispute.register, "record": record, "field": dispute.field, "authority": dispute.authority}


def _is_code(table: str, code: str) -> bool:
    return standards.find_code(table, code) is not None
