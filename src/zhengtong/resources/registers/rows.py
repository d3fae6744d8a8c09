"""Records as rows of the compiled tables: plain SQL over a definition's columns. Names come from definitions only."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from zhengtong.security.crypto import services as crypto

from . import stored
from .definition import ddl
from .definition.model import BOX, Definition, Field, Type
from .geometry import box_of
from .stored import Row, Sealed, columns_of, field_columns, index_context, to_row, to_values
from .timeline import Change, Version

__all__ = [
    "Row", "Sealed", "act_for", "apply", "count_codes", "equal", "find", "find_by_key", "index_context", "insert",
    "opened", "seal", "sealed_values", "select", "update", "versions",
]  # fmt: skip


def seal(definition: Definition, one: Field, text: str) -> Sealed:
    return Sealed(crypto.blind_index(text, index_context(definition, one)), crypto.encrypt(text))


def sealed_values(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked values as rows hold them: the encrypted ones sealed."""
    found = dict(values)
    for one in definition.encrypted():
        if isinstance(found.get(one.name), str):
            found[one.name] = seal(definition, one, found[one.name])
    return found


def opened(value: Any) -> Any:
    """The clear value."""
    return crypto.decrypt(value.sealed) if isinstance(value, Sealed) else value


# -- columns ----------------------------------------------------------------------------------------------------------
def _columns_of(one: Field, value: Any) -> dict[str, Any]:
    """The columns of one field for a value."""
    if one.is_encrypted:
        return {one.name: value.sealed, one.index_column: value.index} if value else dict.fromkeys(one.columns)
    if one.type is Type.GEOMETRY:
        sides = dict(zip((f"{one.name}_{side}" for side in BOX), box_of(value), strict=True)) if value else {}
        return {**dict.fromkeys(one.columns), one.name: Jsonb(value) if value else None, **sides}
    return {one.name: value}


def _to_columns(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: stored
        for key, value in values.items()
        for name, stored in _columns_of(definition.by_name[key], value).items()
    }


def _fetch(statement: str, params: Sequence[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


# -- reading ----------------------------------------------------------------------------------------------------------
def select(
    definition: Definition, condition: str, params: Sequence[Any], *, names: Iterable[str] | None = None,
    order: str = "id", limit: int = 0, lock: bool = False,
) -> list[Row]:  # fmt: skip
    """Records as they are now that meet an SQL condition over their columns."""
    columns = ", ".join(columns_of(definition, names))
    tail = f" LIMIT {limit:d}" if limit else ""
    statement = f"SELECT {columns} FROM {definition.table} WHERE {condition} ORDER BY {order}{tail}"  # noqa: S608
    found = _fetch(statement + (" FOR UPDATE" if lock else ""), params)
    return [to_row(definition, one) for one in found]


def find(definition: Definition, uuid: uuids.UUID, *, lock: bool = False) -> Row | None:
    """The record of this uuid."""
    return next(iter(select(definition, "uuid = %s", [uuid], lock=lock)), None)


def find_by_key(definition: Definition, values: Mapping[str, str], *, lock: bool = False) -> Row | None:
    """The record that one of the register's keys names: `values` for every field of it."""
    condition, params = equal(definition, values)
    return next(iter(select(definition, condition, params, lock=lock)), None)


def equal(definition: Definition, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """`stored.equal` by the keys of this process's ring."""
    return stored.equal(definition, values, crypto.blind_indexes)


def versions(definition: Definition, row: Row, *, believed_only: bool) -> list[Version]:
    """The record's versions: the present one and those of the past, the earliest validity first."""
    own = ("valid_from", "valid_to", "recorded_at", "superseded_at")
    columns = ", ".join([*own, *field_columns(definition)])
    condition = "record_id = %s" + (" AND superseded_at IS NULL" if believed_only else "")
    statement = f"SELECT {columns} FROM {definition.past_table} WHERE {condition}"  # noqa: S608  (names only)
    past = [Version(to_values(definition, one), *(one[name] for name in own)) for one in _fetch(statement, [row.id])]
    return sorted([*past, row.version], key=lambda v: (v.valid_from, v.recorded_at))


# -- writing ----------------------------------------------------------------------------------------------------------
def act_for(authorities: Iterable[str]) -> None:
    """The rest of the transaction writes in the name of these authorities, and of no other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [ddl.ACTING_FOR, ",".join(sorted(authorities))])


def insert(
    definition: Definition, values: Mapping[str, Any], *, uuid: uuids.UUID, valid_from: date, at: datetime,
    act_id: int, is_synthetic: bool = False, flags: Sequence[str] = (),
) -> Row:  # fmt: skip
    """A new record. Raises IntegrityError where another has one of its keys."""
    own = {"uuid": uuid, "valid_from": valid_from, "recorded_at": at, "act_id": act_id,
           "is_synthetic": is_synthetic, "flags": list(flags)}  # fmt: skip
    number = _insert(definition.table, own | _to_columns(definition, values), returning="id")
    whole = {one.name: values.get(one.name) for one in definition.fields}
    return Row(number, uuid, whole, valid_from, at, is_synthetic, (), tuple(flags))


def _insert(table: str, columns: Mapping[str, Any], returning: str = "") -> Any:
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608  (names only)
    with connection.cursor() as cursor:
        cursor.execute(statement + (f" RETURNING {returning}" if returning else ""), list(columns.values()))
        return cursor.fetchone()[0] if returning else None


def apply(definition: Definition, row: Row, change: Change, *, at: datetime, act_id: int) -> Row:
    """Write what `timeline.put` says: past rows are closed and added, the record becomes its last version."""
    for version in change.closed:
        if version.key == row.id:
            _add_past(definition, row, version, act_id)  # what was believed until now
        else:
            _close(definition, row, version, at)
    for version in change.added:
        if version.valid_to is not None:
            _add_past(definition, row, version, act_id)
    last = next((v for v in change.added if v.valid_to is None), None)
    return _replace(definition, row, last, act_id) if last else row


def _add_past(definition: Definition, row: Row, version: Version, act_id: int) -> None:
    own = {
        "record_id": row.id, "uuid": row.uuid, "valid_from": version.valid_from, "valid_to": version.valid_to,
        "recorded_at": version.recorded_at, "superseded_at": version.superseded_at, "act_id": act_id,
        "is_synthetic": row.is_synthetic, "disputed": list(row.disputed), "flags": list(row.flags),
    }  # fmt: skip
    _insert(definition.past_table, own | _to_columns(definition, version.values))


def _close(definition: Definition, row: Row, version: Version, at: datetime) -> None:
    """Of what is still believed, one version of a record begins on a day."""
    statement = (
        f"UPDATE {definition.past_table} SET superseded_at = %s "  # noqa: S608  (names only)
        "WHERE record_id = %s AND valid_from = %s AND superseded_at IS NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [at, row.id, version.valid_from])
        assert cursor.rowcount == 1, "a believed version is missing though its record is locked"


def _replace(definition: Definition, row: Row, last: Version, act_id: int) -> Row:
    """The present row becomes the version that holds from now on; only columns of changed fields are written."""
    changed = {name: value for name, value in last.values.items() if row.values.get(name) != value}
    columns = {"valid_from": last.valid_from, "recorded_at": last.recorded_at, "act_id": act_id}
    update(definition, row.id, columns | _to_columns(definition, changed))
    return replace(row, values=dict(last.values), valid_from=last.valid_from, recorded_at=last.recorded_at)


def update(definition: Definition, number: int, columns: Mapping[str, Any]) -> None:
    """Columns of the present row."""
    names = ", ".join(f"{name} = %s" for name in columns)
    statement = f"UPDATE {definition.table} SET {names} WHERE id = %s"  # noqa: S608  (names only)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*columns.values(), number])


def count_codes(fields: Sequence[tuple[Definition, Field]], codes: Collection[str]) -> dict[str, int]:
    """How many records hold each code in these fields; one that none holds is missing."""
    if not fields:
        return {}
    parts = " UNION ALL ".join(f"SELECT {one.name} AS code FROM {d.table}" for d, one in fields)  # noqa: S608
    statement = f"SELECT code, count(*) AS n FROM ({parts}) held WHERE code = ANY (%s) GROUP BY code"  # noqa: S608
    return {row["code"]: row["n"] for row in _fetch(statement, [list(codes)])}
