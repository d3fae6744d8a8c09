"""The hot look-up of one record by its key for a registered system: plain SQL and pure rules, no ORM, no Django.

Two statements: whose token it is, what was granted to its organisation, and the record with the person whose data it is
(`reader_and_record`); the entry of the log (`audit.wire.INSERT`). What they decide is decided by the same
functions as on the web: `sights`, `answers`, `purposes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.identifiers import normalise
from zhengtong.resources.standards import wire as standards
from zhengtong.security.audit import wire as audit
from zhengtong.security.identity import wire as identity
from zhengtong.security.permissions import wire as permissions
from zhengtong.security.sso import wire as sso

from . import answers
from .answers import Answer, as_json, no_record, no_register
from .definition.model import Definition, Type, from_json
from .purposes import Purpose, purpose_of
from .sights import Granted, Reach, reach_from
from .stored import CHANGED, Indexes, Row, Sealed, columns_of, equal, to_row

__all__ = [
    "HAS_CODE", "IN_FORCE", "NUMBERS", "PERSONS", "READER", "READER_COLUMNS", "SCOPE", "Answer", "Definition",
    "Purpose", "Reach", "Record", "answer", "as_json", "codes_of", "columns_of", "definitions_of", "entry_of",
    "no_record", "no_register", "purpose_of", "reach_of", "read_key", "reader_and_record", "record_of",
    "record_statement", "require", "subject_indexes",
]  # fmt: skip

SCOPE = "registers.read"
HAS_CODE, PERSONS = standards.HAS_CODE, identity.PERSONS
Clear = Callable[[bytes], str]  # decrypts
# the registers in force; NUMBERS alone tells whether any was published anew
NUMBERS = "SELECT key, number FROM registers_version WHERE is_in_force ORDER BY key"
IN_FORCE = "SELECT key, number, definition FROM registers_version WHERE is_in_force ORDER BY key"
# a row of `sso.TOKEN`, and what of this register stands granted to the system's organisation for the purpose
READER = f"""
SELECT who.*, ARRAY(
    SELECT json_build_array(g.authority, g.fields) FROM registers_grant g
    WHERE g.register = %(register)s AND g.consumer_uuid = who.organisation_uuid AND g.revoked_at IS NULL
      AND g.since <= %(on)s AND (g.until IS NULL OR g.until >= %(on)s) AND %(purpose)s = ANY (g.purposes)
) FROM ({sso.TOKEN}) AS who
"""  # noqa: S608  (constants)


def definitions_of(rows: Iterable[Sequence[Any]]) -> dict[str, Definition]:
    """The registers by key, from the rows of IN_FORCE."""
    return {key: from_json(definition) for key, _number, definition in rows}


def require(actor: Actor) -> None:
    """What the policy `registers.record.read` asks of a system. Raises permissions.ClientRefused."""
    permissions.require_client(actor, answers.READ, SCOPE)


def reach_of(definition: Definition, organisation_key: str, grants: Iterable[Granted]) -> Reach:
    return reach_from(definition, [organisation_key], grants)


# -- the key ----------------------------------------------------------------------------------------------------------
def codes_of(definition: Definition, key: Mapping[str, Any]) -> list[dict[str, str]]:
    """Parameters of `standards.HAS_CODE` for every code in the key: to be asked before it is read."""
    fields = ((definition.find(name), value) for name, value in key.items())
    return [{"table": one.code_table, "code": str(value)} for one, value in fields if one and one.type is Type.CODE]


def read_key(
    definition: Definition, key: Mapping[str, Any], at: datetime, known: Iterable[Mapping[str, str]]
) -> dict[str, Any]:
    """A key of the register as it is kept. `known`: which of `codes_of` there are. Raises Invalid."""
    pairs = {(one["table"], one["code"]) for one in known}
    return answers.read_key(definition, key, at, lambda table, code: (table, code) in pairs)


# -- the record -------------------------------------------------------------------------------------------------------
def _columns(definition: Definition) -> list[str]:
    """What a reader is told needs no transaction number, which is no value of the driver's binary form."""
    return [name for name in columns_of(definition) if name != CHANGED]


def record_statement(
    definition: Definition, key: Mapping[str, Any], indexes: Indexes
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """The record of a read key: `_columns(definition)`, and behind them the person of the key's identity number."""
    condition, params = equal(definition, key, indexes)
    persons, before = "NULL", []
    if definition.subject_field and definition.subject_field in key:
        number = normalise(str(key[definition.subject_field]))
        persons, before = f"ARRAY({_PERSONS})", [indexes(number, identity.ID_NUMBER_CONTEXT)]
    columns = ", ".join(_columns(definition))
    statement = f"SELECT {columns}, {persons} AS persons FROM {definition.table} WHERE {condition}"  # noqa: S608
    return _named(statement, [*before, *params])


def _named(statement: str, params: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """The same with a name for each place, so that it can stand in a statement that has names."""
    for number in range(len(params)):
        statement = statement.replace("%s", f"%(p{number})s", 1)
    return statement, {f"p{number}": value for number, value in enumerate(params)}


def reader_and_record(
    definition: Definition, key: Mapping[str, Any], indexes: Indexes
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """READER and the record in one statement: a row of READER, and behind it that of the record, all NULL where there
    is none. The record is opened only when it is known that the reader may."""
    statement, params = record_statement(definition, key, indexes)
    return f"SELECT * FROM ({READER}) AS reader LEFT JOIN ({statement}) AS record ON true", params  # noqa: S608


READER_COLUMNS = 12  # eleven of `sso.TOKEN`, and the grants


_PERSONS = identity.PERSONS.replace("%(indexes)s", "%s")


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was found; `persons`: who has proved its number, None where the key did not tell."""

    row: Row
    persons: Sequence[UUID] | None


def record_of(definition: Definition, stored: Sequence[Any]) -> Record | None:
    """From a row of `record_statement`; None of one that is all NULL."""
    if stored[0] is None:
        return None
    return Record(to_row(definition, dict(zip(_columns(definition), stored, strict=False))), stored[-1])


def subject_indexes(definition: Definition, found: Record, clear: Clear, indexes: Indexes) -> list[bytes] | None:
    """Blind indexes for `identity.PERSONS` where the key did not bring the person with the record; None: no need."""
    if not definition.subject_field or found.persons is not None:
        return None
    number = opened(found.row.values[definition.subject_field], clear)
    return indexes(normalise(str(number)), identity.ID_NUMBER_CONTEXT) if number else None


def opened(value: Any, clear: Clear) -> Any:
    return clear(value.sealed) if isinstance(value, Sealed) else value


def answer(definition: Definition, row: Row, reach: Reach, clear: Clear) -> Answer:
    """The record as it is now, field by field as the reader sees it. Only what is seen is decrypted."""
    return answers.answer(definition, row, row.version, reach, lambda value: opened(value, clear))


# -- the log ----------------------------------------------------------------------------------------------------------
def entry_of(
    actor: Actor, definition: Definition, told: Answer | None, persons: Iterable[UUID], *, purpose: Purpose,
    at: datetime,
) -> dict[str, Any]:  # fmt: skip
    """The columns of the entry for this answer, as `audit.INSERT` takes them: of the same bytes as the web's."""
    uuids = [told.uuid] if told else []
    subjects = answers.subjects_of(definition, uuids, persons) if uuids else []
    kept = answers.witnessed(definition, uuids, [told] if told else [], subjects)
    action = audit.PERSONAL_DATA_READ if kept.is_personal else answers.READ
    detail = {} if kept.is_personal else kept.detail
    return audit.columns_of(
        actor, action, kept.urn, at=at, on_behalf_urn=actor.party_urn, detail=detail,
        subjects=kept.subjects if kept.is_personal else (), purpose=purpose.text,
    )  # fmt: skip
