"""Records are read for a purpose: by key, by several fields, by batch. Only what is granted is told.

A read answers with the fields whole, masked or absent (`sights`); the entry in the log names the purpose and whose data
were read, so that they see it. A search shows masked records only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.kernel.transactions import verb
from zhengtong.resources.standards import queries as standards
from zhengtong.security.audit import services as audit

from .. import answers as told
from .. import catalogue, queries, readers, rows, searching, seeking, sights, timeline
from ..alike import Slip
from ..answers import Answer
from ..definition.model import Definition
from ..purposes import Purpose
from ..rows import Row
from ..sights import NOBODYS, Reach
from ..subjects import subjects_of

MOST_KEYS = 200  # of one batch
MOST_FOUND = 20  # records that a search shows; more ask for a narrower one


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, masked, the best first. `is_more`: there are more than are shown. `slips`: in what a record
    differs from what was typed, by its uuid; none: in nothing."""

    records: Sequence[Answer]
    is_more: bool
    slips: Mapping[UUID, Sequence[Slip]] = field(default_factory=dict)


@verb
def read_record(
    *, actor: Actor, register: str, key: Mapping[str, Any], purpose: Purpose, at: datetime, on: date | None = None,
    known: datetime | None = None,
) -> Answer | None:  # fmt: skip
    """The record that a key names, for a purpose; with `on` and `known` as it was on a day, as known at a moment.

    None where the register holds none; that is on record too. Raises Denied, Invalid (no key of the register).
    """
    definition = catalogue.get(register)
    reach = _reach(actor, definition, purpose, at)
    row = rows.find_by_key(definition, read_key(definition, key, at))
    answers = [_answer(definition, row, reach, at, on=on, known=known)] if row else []
    witness(actor, definition, [row] if row else [], answers, purpose=purpose, at=at)
    return answers[0] if answers else None


@verb
def reveal_record(
    *, actor: Actor, register: str, uuid: UUID, purpose: Purpose, at: datetime, on: date | None = None,
    known: datetime | None = None,
) -> Answer | None:  # fmt: skip
    """As `read_record`, of a record that was found before. None: it did not exist on the day, as known then.

    Raises Denied, NotFound.
    """
    definition = catalogue.get(register)
    reach = _reach(actor, definition, purpose, at)
    row = queries.get_record(register, uuid).row
    answer = _answer(definition, row, reach, at, on=on, known=known)
    witness(actor, definition, [row], [answer], purpose=purpose, at=at)
    return answer


@verb
def read_batch(
    *, actor: Actor, register: str, keys: Sequence[Mapping[str, Any]], purpose: Purpose, at: datetime
) -> list[Answer | None]:
    """The records of up to 200 keys, in their order, None for what the register does not hold. One entry in the log.

    Raises Denied, Invalid (too many, or a key that cannot be one: `fields` name them by their place).
    """
    definition = catalogue.get(register)
    reach = _reach(actor, definition, purpose, at)
    wanted = _read_keys(definition, keys, at)
    found = _by_keys(definition, wanted)
    rows_found = list({row.uuid: row for row in found.values()}.values())
    answers = {row.uuid: _answer(definition, row, reach, at) for row in rows_found}
    witness(actor, definition, rows_found, list(answers.values()), purpose=purpose, at=at)
    return [answers[found[k].uuid] if (k := _identity(key)) in found else None for key in wanted]


@verb
def seek_records(
    *, actor: Actor, register: str, terms: Mapping[str, Any], purpose: Purpose, at: datetime
) -> Found:  # fmt: skip
    """Records that agree with all terms (name and birth date, pinyin from its beginning, former name …), masked.

    With name and day of birth of a person one slip in either is forgiven, and the division only ranks (`alike`).
    At most 20, the best first. The log keeps by which fields was sought, and whose records were shown. Raises Denied,
    Invalid.
    """
    definition = catalogue.get(register)
    readers.organisations(actor, readers.READ, purpose=purpose.key)
    read = searching.read_terms(definition, terms, today=china_date(at), codes=_is_code)
    found, slips = _sought(definition, read, china_date(at))
    shown = found[:MOST_FOUND]
    detail = {"register": definition.key, "by": sorted(read), "count": len(shown)}
    audit.record(
        actor, "registers.record.sought", "", at=at, detail=detail, subjects=subjects_of(definition, shown),
        purpose=purpose.text,
    )  # fmt: skip
    answers = [masked_answer(definition, row) for row in shown]
    return Found(answers, len(found) > MOST_FOUND, slips)


def _sought(
    definition: Definition, terms: Mapping[str, Any], today: date
) -> tuple[list[Row], dict[UUID, tuple[Slip, ...]]]:
    """At most one more than are shown."""
    roles = seeking.forgives(definition, terms)
    if roles is None:
        condition, params = searching.condition(definition, terms)
        return rows.select(definition, condition, params, limit=MOST_FOUND + 1), {}
    matches = seeking.seek(definition, roles, terms, today=today, limit=MOST_FOUND + 1)
    found = seeking.fetch(definition, matches)
    by_id = {one.id: one.slips for one in matches}
    return found, {row.uuid: by_id[row.id] for row in found}


def masked_answer(definition: Definition, row: Row) -> Answer:
    """The record as anybody sees it who may read the register, before a purpose opens more. No read."""
    return _seen(definition, row, row.version, NOBODYS)


def look_at(
    *, register: str, uuid: UUID, at: datetime, on: date | None = None, known: datetime | None = None
) -> Answer | None:
    """A record that was found before, masked, as it is or was. No read. Raises NotFound."""
    definition = catalogue.get(register)
    return _answer(definition, queries.get_record(register, uuid).row, NOBODYS, at, on=on, known=known)


def look_at_many(*, register: str, uuids: Sequence[UUID]) -> dict[UUID, Answer]:
    """Records that were found before, masked, as they are now. No read. One query."""
    definition = catalogue.get(register)
    found = rows.select(definition, "uuid = ANY (%s)", [list(uuids)])
    return {row.uuid: masked_answer(definition, row) for row in found}


# -- the steps of a read ----------------------------------------------------------------------------------------------
def _reach(actor: Actor, definition: Definition, purpose: Purpose, at: datetime) -> Reach:
    found = readers.organisations(actor, readers.READ, purpose=purpose.key)
    return readers.reach_of(definition, found, purpose, china_date(at))


def read_key(definition: Definition, key: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """A key of the register as it is kept. Raises Invalid."""
    return told.read_key(definition, key, at, _is_code)


def _read_keys(definition: Definition, keys: Sequence[Mapping[str, Any]], at: datetime) -> list[dict[str, Any]]:
    if not 0 < len(keys) <= MOST_KEYS:
        told = _("一次查询 1 至 %s 个键，请分批查询。") % MOST_KEYS
        raise Invalid(told, fields=[FieldError("keys", told, _("键"))])
    read, faults = [], []
    for place, key in enumerate(keys):
        try:
            read.append(read_key(definition, key, at))
        except Invalid as fault:
            faults += [FieldError(f"keys.{place}.{one.path}", one.message, one.label) for one in fault.fields]
    if faults:
        raise Invalid(_("有的键有误，没有查询。"), fields=faults)
    return read


def _by_keys(definition: Definition, wanted: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], Row]:
    """The rows of keys by their values. One query."""
    parts = [rows.equal(definition, key) for key in wanted]
    condition = " OR ".join(f"({part})" for part, _params in parts)
    found = rows.select(definition, condition, [value for _part, params in parts for value in params])
    by_values = {}
    for row in found:
        for key in definition.keys:
            by_values[_identity({name: rows.opened(row.values[name]) for name in key})] = row
    return by_values


def _identity(key: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted((name, str(value)) for name, value in key.items()))


def _answer(
    definition: Definition, row: Row, reach: Reach, at: datetime, *, on: date | None = None,
    known: datetime | None = None,
) -> Answer | None:  # fmt: skip
    if on is None and known is None:
        return _seen(definition, row, row.version, reach)
    versions = rows.versions(definition, row, believed_only=False)
    version = timeline.as_of(versions, on=on or china_date(at), known=known or at)
    return _seen(definition, row, version, reach) if version else None


def seen_of(definition: Definition, row: Row, reach: Reach, *, names: Collection[str]) -> Answer:
    """The record as it is now, these fields only; nothing else is opened."""
    clear = {name: rows.opened(row.values[name]) for name in names if name in row.values}
    fields = [one for one in sights.seen(definition, clear, reach, row.disputed) if one.name in clear]
    return Answer(definition, row.uuid, fields, row.valid_from, None, row.recorded_at, row.is_synthetic, row.flags)


def _seen(definition: Definition, row: Row, version: timeline.Version, reach: Reach) -> Answer:
    return told.answer(definition, row, version, reach, rows.opened)


def witness(
    actor: Actor, definition: Definition, found: Sequence[Row], answers: Sequence[Answer | None], *,
    purpose: Purpose, at: datetime,
) -> None:  # fmt: skip
    subjects = subjects_of(definition, found)
    kept = told.witnessed(definition, [row.uuid for row in found], answers, subjects)
    if kept.is_personal:
        audit.record_read(actor, kept.subjects, purpose.text, kept.urn, at=at)
    else:
        audit.record(actor, told.READ, kept.urn, at=at, detail=kept.detail, purpose=purpose.text)


def _is_code(table: str, code: str) -> bool:
    return standards.find_code(table, code) is not None
