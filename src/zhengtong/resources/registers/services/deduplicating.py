"""Whoever owns the status of such records judges a likely pair: one record ends and the other stands for both, or they
are two and never asked about again. A merge is undone exactly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.events import services as events
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import catalogue, rows, survivors, timeline
from ..definition.model import Definition, Type
from ..events import MergeUndone, RecordsMerged
from ..models import Act, Match
from ..policies import Write
from ..rows import Row
from ..subjects import subjects_of
from .writing import Basis, Record, locked, organisations_of, put, written

PURPOSE = "数据核查：核对疑似重复的记录"


@verb
def merge_records(
    *, actor: Actor, match_uuid: UUID, survivor_uuid: UUID, taken: Collection[str] = (), reason: str, at: datetime
) -> Match:
    """Both records are the same thing: the survivor stands for both, with the values of `taken` from the other one,
    which ends. Nobody's field is written but by its authority.

    Raises Denied, NotFound, Conflict (judged before; one has ended; a dispute is open), Invalid.
    """
    match, definition, kept, ended = _pair(actor, match_uuid, survivor_uuid)
    _check_open(match)
    _check_mergeable(definition, kept, ended)
    names = _takeable(definition, kept, ended, taken)
    _check_reason(reason)
    assert definition.matching
    changes = {definition.status_field: definition.matching.merged_status}
    _write(actor, definition, ended, changes, reason=reason, at=at)
    if names:
        _write(actor, definition, kept, {name: ended.values[name] for name in names}, reason=reason, at=at)
    match.survivor_uuid, match.taken = survivor_uuid, sorted(names)
    _decide(actor, match, Match.Status.MERGED, reason, at)
    _lapse_others(match, ended.uuid)
    events.publish(RecordsMerged(register=definition.key, ended_uuid=str(ended.uuid), survivor_uuid=str(survivor_uuid)))
    return match


@verb
def keep_apart(*, actor: Actor, match_uuid: UUID, reason: str, at: datetime) -> Match:
    """They are two; the pair is never asked about again. Raises Denied, NotFound, Conflict, Invalid (no reason)."""
    match = _locked_match(actor, match_uuid)
    _check_open(match)
    _check_reason(reason)
    _decide(actor, match, Match.Status.DIFFERENT, reason, at)
    return match


@verb
def undo_merge(*, actor: Actor, match_uuid: UUID, reason: str, at: datetime) -> Match:
    """The merge was wrong: both records are as they were before it, and the pair is open again.

    What authorities wrote into them since then stays: only what still is as the merge left it is put back. Raises
    Denied, NotFound, Conflict (not merged; the survivor was merged itself), Invalid (no reason).
    """
    match = _locked_match(actor, match_uuid)
    if not match.is_merged or match.survivor_uuid is None or match.ended_uuid is None:
        raise Conflict(_("这一对记录没有合并，不用撤销。"))
    definition = catalogue.get(match.register)
    both = _lock_rows(definition, match)
    kept, ended = both[match.survivor_uuid], both[match.ended_uuid]
    if survivors.has_ended_as_twin(definition, kept):
        raise Conflict(_("留存的记录后来又并入了另一条。"), remedy=_("请先撤销那一次合并。"))
    _check_reason(reason)
    _restore(actor, definition, ended, [definition.status_field], match, reason=reason, at=at)
    _restore(actor, definition, kept, match.taken, match, reason=reason, at=at)
    events.publish(
        MergeUndone(register=definition.key, restored_uuid=str(ended.uuid), survivor_uuid=str(match.survivor_uuid))
    )
    match.survivor_uuid, match.taken = None, []
    match.decide(Match.Status.OPEN, reason=reason, by=actor.urn, at=at)
    match.save()
    audit.record(actor, "registers.match.undone", match, at=at, detail=_detail(match))
    return match


@verb
def reveal_match(*, actor: Actor, match_uuid: UUID, at: datetime) -> dict[UUID, dict[str, Any]]:
    """Both records' values in clear, by uuid and field: of fields of the actor's own authorities; on record for the
    people. Raises Denied, NotFound."""
    match = _get(match_uuid)
    permissions.require(actor, "registers.match.decide", match)
    definition = catalogue.get(match.register)
    own = own_fields(actor, definition)
    both = _rows(definition, match)
    if subjects := subjects_of(definition, both.values()):
        audit.record_read(actor, subjects, PURPOSE, match.urn, at=at)
    return {uuid: {name: rows.opened(row.values[name]) for name in own} for uuid, row in both.items()}


def own_fields(actor: Actor, definition: Definition) -> list[str]:
    """Fields of the authorities at which the actor holds a post."""
    found = {one.key for one in directory.organisations_by_uuid(actor.organisation_uuids).values()}
    return [one.name for one in definition.fields if one.authority in found and one.type is not Type.URN]


# -- what is locked ---------------------------------------------------------------------------------------------------
def _get(match_uuid: UUID, *, lock: bool = False) -> Match:
    found = (Match.objects.select_for_update() if lock else Match.objects).filter(uuid=match_uuid).first()
    if found is None:
        raise NotFound(_("没有这一对疑似重复的记录。"))
    return found


def _locked_match(actor: Actor, match_uuid: UUID) -> Match:
    match = _get(match_uuid, lock=True)
    permissions.require(actor, "registers.match.decide", match)
    return match


def _pair(actor: Actor, match_uuid: UUID, survivor_uuid: UUID) -> tuple[Match, Definition, Row, Row]:
    match = _locked_match(actor, match_uuid)
    if survivor_uuid not in (match.first_uuid, match.second_uuid):
        told = _("请选择留存两条记录中的哪一条。")
        raise Invalid(told, fields=[FieldError("survivor", told, _("留存的记录"))])
    definition = catalogue.get(match.register)
    both = _lock_rows(definition, match)
    other = match.second_uuid if survivor_uuid == match.first_uuid else match.first_uuid
    return match, definition, both[survivor_uuid], both[other]


def _lock_rows(definition: Definition, match: Match) -> dict[UUID, Row]:
    """Always in the same order, so that two who lock them wait for each other."""
    return {uuid: locked(definition, uuid) for uuid in sorted((match.first_uuid, match.second_uuid))}


def _rows(definition: Definition, match: Match) -> dict[UUID, Row]:
    uuids = [match.first_uuid, match.second_uuid]
    return {row.uuid: row for row in rows.select(definition, "uuid = ANY (%s)", [uuids])}


# -- what is lawful ---------------------------------------------------------------------------------------------------
def _check_open(match: Match) -> None:
    if not match.is_open:
        raise Conflict(_("这一对记录已经判定：%s。") % match.get_status_display())


def _check_reason(reason: str) -> None:
    if not reason.strip():
        told = _("请说明判定的理由，例如核对了哪些证件或档案。")
        raise Invalid(told, fields=[FieldError("reason", told, _("理由"))])


def _check_mergeable(definition: Definition, kept: Row, ended: Row) -> None:
    if definition.matching is None:
        raise Conflict(_("%s没有写明查重规则。") % localised(definition.label))
    if any(survivors.has_ended_as_twin(definition, row) for row in (kept, ended)):
        raise Conflict(_("其中一条记录已经并入另一条。"), remedy=_("请先撤销那一次合并，或核对另一对。"))
    if ended.disputed:
        raise Conflict(_("将要终止的记录还有疑义在核查。"), remedy=_("请先答复疑义，再合并。"))


def _takeable(definition: Definition, kept: Row, ended: Row, taken: Collection[str]) -> list[str]:
    """Of the fields to take over, those on which the records differ. Raises Invalid."""
    faults = []
    for name in taken:
        one = definition.find(name)
        if one is None or name in fixed_in_merge(definition):
            label = localised(one.label) if one else name
            faults.append(FieldError(name, _("此项随留存的记录，不能取另一条的值。"), label))
        elif one.is_required and ended.values[name] is None:
            faults.append(FieldError(name, _("不能为空。"), localised(one.label)))
    if faults:
        raise Invalid(_("没有合并，请先修改。"), fields=faults)
    return [name for name in taken if kept.values[name] != ended.values[name]]


def fixed_in_merge(definition: Definition) -> frozenset[str]:
    """What always is the survivor's: keys, fixed and retired fields, references, the status."""
    keys = {name for key in definition.keys for name in key}
    bound = {f.name for f in definition.fields if f.is_fixed or f.is_retired or f.type is Type.URN}
    return frozenset(keys | bound | {definition.status_field})


# -- what is written --------------------------------------------------------------------------------------------------
def _write(
    actor: Actor, definition: Definition, row: Row, changes: dict[str, Any], *, reason: str, at: datetime
) -> None:
    owners = _may_write(actor, definition, row, changes)
    basis = Basis(Act.Kind.MERGED, china_date(at), None, reason)
    put(actor, Record(definition, row), changes, owners, basis, at=at)


def _may_write(actor: Actor, definition: Definition, row: Row, names: Collection[str]) -> frozenset[str]:
    owners = definition.authorities_of(names)
    urn = make_urn("registers", definition.noun, row.uuid)
    permissions.require(actor, "registers.record.write", Write(urn, frozenset(organisations_of(owners))))
    return owners


def _restore(
    actor: Actor, definition: Definition, row: Row, names: Sequence[str], match: Match, *, reason: str, at: datetime
) -> None:
    """The fields as they were before the merge: the whole record exactly, where nobody wrote it since."""
    if not names or match.decided_at is None:
        return
    owners = _may_write(actor, definition, row, names)
    every = rows.versions(definition, row, believed_only=False)
    before = next(v for v in every if v.superseded_at == match.decided_at and v.valid_to is None)
    believed = [version for version in every if version.superseded_at is None]
    basis = Basis(Act.Kind.UNMERGED, before.valid_from, None, reason)
    change = timeline.put_back(believed, before, made_at=match.decided_at, at=at)
    if change is not None:
        written(actor, Record(definition, row), change, owners, basis, at=at)
        return
    merged = next(v for v in every if v.recorded_at == match.decided_at and v.valid_to is None)
    still = {name: before.values[name] for name in names if row.values[name] == merged.values[name]}
    since = max(china_date(match.decided_at), min(version.valid_from for version in believed))
    change = timeline.put(believed, still, since=since, until=None, at=at)
    if change.closed:
        written(actor, Record(definition, row), change, owners, basis, at=at)


def _decide(actor: Actor, match: Match, status: Match.Status, reason: str, at: datetime) -> None:
    match.decide(status, reason=reason, by=actor.urn, at=at)
    match.save()
    audit.record(actor, f"registers.match.{status.value}", match, at=at, detail=_detail(match))


def _lapse_others(match: Match, ended_uuid: UUID) -> None:
    """Other open pairs of the record that ended ask no more; a search after an undoing opens them again."""
    for side in ("first_uuid", "second_uuid"):
        others = Match.objects.filter(**{side: ended_uuid}, status=Match.Status.OPEN)
        others.exclude(pk=match.pk).update(status=Match.Status.LAPSED)


def _detail(match: Match) -> dict[str, Any]:
    noun = catalogue.get(match.register).noun
    pair = [make_urn("registers", noun, uuid) for uuid in (match.first_uuid, match.second_uuid)]
    survivor = make_urn("registers", noun, match.survivor_uuid) if match.survivor_uuid else ""
    return {"register": match.register, "records": pair, "survivor": survivor, "fields": list(match.taken)}
