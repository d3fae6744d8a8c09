"""Authorities write: a record is entered, amended (the world changed) or corrected (what was known was wrong)."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.events import services as events
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.resources.standards import queries as standards
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import catalogue, parties, rows, timeline
from ..definition.model import Definition
from ..events import RecordAmended, RecordRegistered
from ..models import Act
from ..places import Places
from ..policies import Write
from ..quality.flagging import flag, marks_of
from ..rows import Row
from ..values import read_values


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a verb leaves it. Encrypted values stay sealed; `queries` shows and opens."""

    definition: Definition
    row: Row

    @property
    def uuid(self) -> UUID:
        return self.row.uuid

    @property
    def urn(self) -> str:
        return make_urn("registers", self.definition.noun, self.row.uuid)


@dataclass(frozen=True, slots=True)
class Basis:
    """Why, and for which days, a record is written. `since` None: from its beginning."""

    kind: Act.Kind
    since: date | None
    until: date | None
    reason: str
    document: str = ""


@verb
def enter_record(
    *, actor: Actor, register: str, values: Mapping[str, Any], since: date | None = None, at: datetime,
    is_synthetic: bool = False, uuid: UUID | None = None,
) -> Record:  # fmt: skip
    """A new record, valid from `since` (else today), under `uuid` where it had one before.

    Raises Invalid (every fault of every field), Conflict (another record has the key), Denied (not the authority).
    """
    definition = catalogue.get(register)
    places = Places(is_synthetic=is_synthetic)
    read, owners = _checked(actor, definition, values, places, at=at)
    day = _period(since, None, None, at)[0]
    rows.act_for(owners)
    number = parties.uuid_for(definition, read, at) or uuid or uuids.uuid4()
    act = _act(definition, number, read, owners, Basis(Act.Kind.ENTERED, day, None, ""), actor=actor, at=at)
    try:
        with transaction.atomic():
            row = rows.insert(
                definition, rows.sealed_values(definition, read), uuid=number, valid_from=day, at=at, act_id=act.pk,
                is_synthetic=is_synthetic, flags=marks_of(definition, read, is_synthetic=is_synthetic),
            )  # fmt: skip
    except IntegrityError as fault:
        raise _taken(definition) from fault
    record = Record(definition, row)
    audit.record(actor, "registers.record.entered", record.urn, at=at, detail=_detail(definition, read))
    events.publish(RecordRegistered(register=definition.key, record_uuid=str(row.uuid)))
    return record


@verb
def amend_record(
    *, actor: Actor, register: str, uuid: UUID, changes: Mapping[str, Any], since: date | None = None, reason: str,
    at: datetime,
) -> Record:  # fmt: skip
    """The world changed on `since` (else today): from then on the fields have these values.

    What held before stays readable. Raises Invalid, Conflict (ended; the key is taken), Denied, NotFound.
    """
    definition = catalogue.get(register)
    row = locked(definition, uuid)
    read, owners = _checked(actor, definition, changes, Places(row.is_synthetic), at=at, row=row)
    _check_status(definition, row, read)
    basis = Basis(Act.Kind.AMENDED, since or china_date(at), None, reason)
    return put(actor, Record(definition, row), read, owners, basis, at=at)


@verb
def correct_record(
    *, actor: Actor, register: str, uuid: UUID, changes: Mapping[str, Any], since: date | None = None,
    until: date | None = None, reason: str, document: str, at: datetime,
) -> Record:  # fmt: skip
    """What was known was wrong: from `since` (else the record's beginning) until before `until` other values held.

    Fixed fields may be corrected too. What was believed stays readable. Raises as amend_record; Invalid without a
    reason and the document it rests on.
    """
    definition = catalogue.get(register)
    row = locked(definition, uuid)
    places = Places(row.is_synthetic)
    read, owners = _checked(actor, definition, changes, places, at=at, row=row, is_correction=True)
    if not document.strip():
        told = _("请写明更正依据的文书，例如裁定书、证明的名称和编号。")
        raise Invalid(told, fields=[FieldError("document", told, _("依据文书"))])
    basis = Basis(Act.Kind.CORRECTED, since, until, reason, document.strip())
    return put(actor, Record(definition, row), read, owners, basis, at=at)


# -- the steps of a write ---------------------------------------------------------------------------------------------
def _checked(
    actor: Actor, definition: Definition, values: Mapping[str, Any], places: Places, *, at: datetime,
    row: Row | None = None, is_correction: bool = False,
) -> tuple[dict[str, Any], frozenset[str]]:  # fmt: skip
    """The values as kept and the keys of their authorities. Who may not write does not learn what is wrong."""
    owners = definition.authorities_of(values)
    urn = make_urn("registers", definition.noun, row.uuid) if row else ""
    permissions.require(actor, "registers.record.write", Write(urn, frozenset(organisations_of(owners))))
    read, faults = read_values(
        definition, values, today=china_date(at), is_new=row is None, is_correction=is_correction, codes=_is_code,
        places=places,
    )  # fmt: skip
    if faults or not read:
        raise Invalid(_("登记内容有误，请按提示改正。"), fields=faults)
    return read, owners


def _is_code(table: str, code: str) -> bool:
    return standards.find_code(table, code) is not None


def organisations_of(keys: Iterable[str]) -> list[UUID]:
    found = {key: directory.find_organisation(key) for key in sorted(keys)}
    missing = [key for key, organisation in found.items() if organisation is None]
    if missing:
        raise NotFound(_("部门名录中没有数源部门：%s。") % "、".join(missing), remedy=_("请先装入部门名录。"))
    return [organisation.uuid for organisation in found.values() if organisation]


def locked(definition: Definition, uuid: UUID) -> Row:
    row = rows.find(definition, uuid, lock=True)
    if row is None:
        raise NotFound(_("基础库中没有这条记录。"), remedy=_("请核对后重试。"))
    return row


def _check_status(definition: Definition, row: Row, read: Mapping[str, Any]) -> None:
    """A record that has ended is amended no more; a status changes only as the definition says."""
    now = row.values.get(definition.status_field)
    if not definition.status_field or now is None:
        return
    lawful = definition.status_changes.get(now, ())
    if not lawful:
        raise Conflict(
            _("这条记录已经终止，不能再变更。"), remedy=_("登记有误的，请办理更正；重新设立的，请另行登记。")
        )
    if (new := read.get(definition.status_field, now)) not in (now, *lawful):
        labels = definition.by_name[definition.status_field].values
        names = {"old": localised(labels[now]), "new": localised(labels[new])}
        raise Conflict(
            _("状态不能由“%(old)s”变更为“%(new)s”。") % names, remedy=_("请核对状态；登记有误的，请办理更正。")
        )


def _period(since: date | None, until: date | None, first: date | None, at: datetime) -> tuple[date, date | None]:
    """The days a write is about. Raises Invalid: nothing is entered for the future, nor before the record began."""
    today = china_date(at)
    begin = since or today
    faults = []
    if begin > today:
        faults.append(FieldError("since", _("不能晚于今天：到了那一天再登记。"), _("生效日期")))
    if first and begin < first:
        told = _("不能早于这条记录的起始日期 %s；更早的，请更正。") % first.isoformat()
        faults.append(FieldError("since", told, _("生效日期")))
    if until and (until <= begin or until > today):
        faults.append(FieldError("until", _("应晚于起始日期，且不晚于今天。"), _("截止日期")))
    if faults:
        raise Invalid(_("日期有误，请按提示改正。"), fields=faults)
    return begin, until


def put(
    actor: Actor, record: Record, read: dict[str, Any], owners: frozenset[str], basis: Basis, *, at: datetime
) -> Record:
    definition, row = record.definition, record.row
    if not basis.reason.strip():
        raise Invalid(_("请说明原因。"), fields=[FieldError("reason", _("请说明原因。"), _("原因"))])
    believed = rows.versions(definition, row, believed_only=True)
    first = min(version.valid_from for version in believed)
    begin, end = _period(basis.since or first, basis.until, first, at)
    change = timeline.put(believed, rows.sealed_values(definition, read), since=begin, until=end, at=at)
    if not change.closed:
        same = [FieldError(name, _("与登记的相同。")) for name in read]
        raise Invalid(_("没有任何改变：登记的就是这些值。"), fields=same)
    return written(actor, record, change, owners, replace(basis, since=begin), at=at)


def written(
    actor: Actor, record: Record, change: timeline.Change, owners: frozenset[str], basis: Basis, *, at: datetime
) -> Record:
    """A change of a locked record, with its act, the log and the event. For verbs that have asked who may."""
    definition, row = record.definition, record.row
    rows.act_for(owners)
    act = _act(definition, row.uuid, change.fields, owners, basis, actor=actor, at=at)
    try:
        with transaction.atomic():
            applied = rows.apply(definition, row, change, at=at, act_id=act.pk)
            record = Record(definition, flag(definition, applied))
    except IntegrityError as fault:
        raise _taken(definition) from fault
    assert basis.since
    detail = {**_detail(definition, change.fields), "since": basis.since.isoformat()}
    audit.record(actor, f"registers.record.{basis.kind.value}", record.urn, at=at, detail=detail)
    events.publish(RecordAmended(register=definition.key, record_uuid=str(row.uuid), fields=sorted(change.fields)))
    parties.follow(definition, record.row, change.fields, at)
    return record


def _act(
    definition: Definition, uuid: UUID, fields: Iterable[str], owners: frozenset[str], basis: Basis, *,
    actor: Actor, at: datetime,
) -> Act:  # fmt: skip
    assert basis.since
    return Act.objects.create(
        register=definition.key, record_uuid=uuid, kind=basis.kind, fields=sorted(fields), authorities=sorted(owners),
        since=basis.since, reason=basis.reason.strip()[:500], document=basis.document[:300], actor_urn=actor.urn, at=at,
    )  # fmt: skip


def _taken(definition: Definition) -> Conflict:
    keys = "；".join("、".join(localised(definition.by_name[name].label) for name in key) for key in definition.keys)
    return Conflict(_("已有相同“%s”的记录。") % keys, remedy=_("如信息有变，请办理变更；登记有误，请办理更正。"))


def _detail(definition: Definition, fields: Any) -> dict[str, Any]:
    return {"register": definition.key, "fields": sorted(fields)}
