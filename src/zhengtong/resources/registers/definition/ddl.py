"""Compiles a definition into PostgreSQL tables: the records as they are now, what they were, and who may write what.

`register_<key>` holds one row for each record, with typed columns, its keys as unique indexes, and the second line of
一数一源: a trigger by which a column changes only in a transaction that acts for the column's authority
(`zt.acting_for`). `register_<key>_past` holds what was true before, or was thought to be: rows are added and closed,
never changed. Statements only; `services.publishing` runs them. All names come from a checked definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import alike, spatial
from .model import Definition, Field, Type

ACTING_FOR = "zt.acting_for"  # keys of authorities, joined by commas, for one transaction
RENEWING = "zt.renewing"  # 'on' while encrypted columns are carried under a new key
REFUSED = "ZT001"  # SQLSTATE of a write by somebody else than the authority
CHANGED = "changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id()"  # the transaction that last wrote the record
FIRST_YEAR = 2026  # of the partitions of the past; the DEFAULT partition stands behind

_SYSTEM = {
    "uuid": "uuid NOT NULL DEFAULT gen_random_uuid()",
    "valid_from": "date NOT NULL",
    "recorded_at": "timestamptz NOT NULL",
    "act_id": "bigint NOT NULL",
    "is_synthetic": "boolean NOT NULL DEFAULT false",
    "disputed": "text[] NOT NULL DEFAULT '{}'",
    "flags": "text[] NOT NULL DEFAULT '{}'",
}


def create(definition: Definition) -> Iterator[str]:
    """Every statement that a new register needs, in order."""
    yield f"CREATE SEQUENCE {definition.table}_id_seq"
    yield _present_table(definition)
    yield f"ALTER SEQUENCE {definition.table}_id_seq OWNED BY {definition.table}.id"
    yield from (_partition(definition, n) for n in range(definition.partitions))
    yield from _identity(definition)
    for number, key in enumerate(definition.keys):
        yield key_index(definition, number, key)
    for one in definition.fields:
        yield from index(definition, one)
    if search := alike.index(definition):
        yield search
    yield from place_index(definition)
    yield from _past(definition)
    yield from guards(definition)


def _present_table(definition: Definition) -> str:
    lines = [f"id bigint NOT NULL DEFAULT nextval('{definition.table}_id_seq')"]
    lines += [*(f"{name} {kind}" for name, kind in _SYSTEM.items()), CHANGED]
    lines += [line for one in definition.fields for line in column_lines(one)]
    lines += [f"CONSTRAINT {name} CHECK ({rule})" for one in definition.fields for name, rule in checks(one)]
    tail = f" PARTITION BY HASH ({partition_column(definition)})" if definition.partitions else ""
    return f"CREATE TABLE {definition.table} ({', '.join(lines)}){tail}"


def partition_column(definition: Definition) -> str:
    return definition.by_name[definition.keys[0][0]].index_column


def _partition(definition: Definition, number: int) -> str:
    values = f"WITH (MODULUS {definition.partitions}, REMAINDER {number})"
    return f"CREATE TABLE {definition.table}_p{number} PARTITION OF {definition.table} FOR VALUES {values}"


def _identity(definition: Definition) -> Iterator[str]:
    """A partitioned table can be unique only by its partition's column: `id` and `uuid` are then indexed alone."""
    table = definition.table
    unique = "" if definition.partitions else "UNIQUE "
    yield f"CREATE {unique}INDEX {table}_uuid ON {table} (uuid)"
    yield f"CREATE {unique}INDEX {table}_id ON {table} (id)"
    yield f"CREATE INDEX {table}_flagged ON {table} (id) WHERE cardinality(flags) > 0"
    yield change_index(definition)


def change_index(definition: Definition) -> str:
    """What changed since a point is read in this order."""
    return f"CREATE INDEX IF NOT EXISTS {definition.table}_changed ON {definition.table} (changed_xid, id)"


def column_lines(one: Field) -> list[str]:
    """The column definitions of a field."""
    must = " NOT NULL" if one.is_required else ""
    return [f"{name} {kind}{must}" for name, kind in one.columns.items()]


def checks(one: Field) -> list[tuple[str, str]]:
    """(name, rule) of the constraints a field brings; each holds for NULL."""
    found = []
    if one.type is Type.MONEY:
        found.append((f"{one.name}_not_negative", f"{one.name} >= 0"))
    if one.minimum is not None:
        found.append((f"{one.name}_enough", f"{one.name} >= {one.minimum}"))
    if one.type is Type.DEGREES:
        found.append((f"{one.name}_on_earth", f"{one.name} BETWEEN -180 AND 180"))
    if one.type is Type.CHOICE:
        allowed = ", ".join(f"'{value}'" for value in one.values)
        found.append((f"{one.name}_listed", f"{one.name} IN ({allowed})"))
    if one.type is Type.GEOMETRY:
        found.append((f"{one.name}_is_geojson", f"jsonb_typeof({one.name}) = 'object'"))
    if one.is_encrypted:
        found.append((f"{one.name}_findable", f"({one.name} IS NULL) = ({one.index_column} IS NULL)"))
    return found


def index_name(definition: Definition, one: Field) -> str:
    return f"{definition.table}_by_{one.name}"


def index(definition: Definition, one: Field) -> Iterator[str]:
    """The index of a field that is looked up; of a geometry, over its box."""
    name = index_name(definition, one)
    if one.type is Type.GEOMETRY:
        shape = spatial.shape_of(definition)
        assert shape
        yield f"CREATE INDEX {name} ON {definition.table} USING gist ({shape.box})"
    elif one.is_indexed and (one.name,) not in definition.keys:
        yield f"CREATE INDEX {name} ON {definition.table} ({one.index_column})"


def place_index(definition: Definition) -> Iterator[str]:
    """The index of records that lie at a longitude and a latitude."""
    shape = spatial.shape_of(definition)
    if shape and shape.is_point:
        yield f"CREATE INDEX IF NOT EXISTS {definition.table}_place ON {definition.table} USING gist ({shape.box})"


def key_name(definition: Definition, number: int) -> str:
    return f"{definition.table}_key{number}"


def key_index(definition: Definition, number: int, key: Iterable[str]) -> str:
    columns = ", ".join(definition.by_name[name].index_column for name in key)
    return f"CREATE UNIQUE INDEX {key_name(definition, number)} ON {definition.table} ({columns})"


# -- the past ---------------------------------------------------------------------------------------------------------
def _past(definition: Definition) -> Iterator[str]:
    table = definition.past_table
    lines = [f"id bigint NOT NULL DEFAULT nextval('{table}_id_seq')"]
    lines += ["record_id bigint NOT NULL", "valid_to date", "superseded_at timestamptz"]
    lines += [f"{name} {kind.partition(' DEFAULT')[0]}" for name, kind in _SYSTEM.items()]
    lines += [f"{name} {kind}" for name, kind in definition.columns.items()]
    lines += ["CONSTRAINT valid_for_a_time CHECK (valid_to > valid_from)"]
    yield f"CREATE SEQUENCE {table}_id_seq"
    yield f"CREATE TABLE {table} ({', '.join(lines)}) PARTITION BY RANGE (recorded_at)"
    yield f"ALTER SEQUENCE {table}_id_seq OWNED BY {table}.id"
    yield f"CREATE TABLE {table}_other PARTITION OF {table} DEFAULT"
    yield past_partition(definition, FIRST_YEAR)
    yield f"CREATE INDEX {table}_id ON {table} (id)"
    yield f"CREATE INDEX {table}_of_record ON {table} (record_id)"
    for number, key in enumerate(definition.keys):
        columns = ", ".join(definition.by_name[name].index_column for name in key)
        yield f"CREATE INDEX {table}_key{number} ON {table} ({columns})"


def past_partition(definition: Definition, year: int) -> str:
    table = definition.past_table
    bounds = f"FROM ('{year}-01-01 00:00+08') TO ('{year + 1}-01-01 00:00+08')"
    return f"CREATE TABLE IF NOT EXISTS {table}_{year} PARTITION OF {table} FOR VALUES {bounds}"


# -- who may write ----------------------------------------------------------------------------------------------------
def guards(definition: Definition) -> Iterator[str]:
    """The triggers, made anew: they follow the definition in force."""
    table, past = definition.table, definition.past_table
    yield _authority_function(definition)
    for event, tables in (
        ("INSERT", "NEW TABLE AS new_rows"),
        ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    ):
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_authority_{event.lower()} AFTER {event} ON {table} "
            f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {table}_authority()"
        )
    yield from _stamping(definition)
    yield _past_function(definition)
    yield (
        f"CREATE OR REPLACE TRIGGER {past}_closed_only BEFORE UPDATE ON {past} "
        f"FOR EACH ROW EXECUTE FUNCTION {past}_closed_only()"
    )
    yield _kept_function(definition)
    for kept in (table, past):
        yield (
            f"CREATE OR REPLACE TRIGGER {kept}_kept BEFORE DELETE OR TRUNCATE ON {kept} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_kept()"
        )


def _stamping(definition: Definition) -> Iterator[str]:
    """Whoever changes a record leaves his transaction's number in it; carrying it under a new key changes nothing."""
    table = definition.table
    yield (
        f"CREATE OR REPLACE FUNCTION {table}_stamped() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN NEW.changed_xid := pg_current_xact_id(); RETURN NEW; END $$"
    )
    yield (
        f"CREATE OR REPLACE TRIGGER {table}_stamped BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN (coalesce(current_setting('{RENEWING}', true), '') <> 'on') EXECUTE FUNCTION {table}_stamped()"
    )


def follow_changes(definition: Definition) -> Iterator[str]:
    """What a register published before its changes could be followed still needs."""
    yield f"ALTER TABLE {definition.table} ADD COLUMN IF NOT EXISTS {CHANGED}"
    yield change_index(definition)
    yield from place_index(definition)
    yield from _stamping(definition)


def _authority_function(definition: Definition) -> str:
    parts = "".join(_authority_part(definition, one.key) for one in definition.authorities)
    return (
        f"CREATE OR REPLACE FUNCTION {definition.table}_authority() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"DECLARE acting text[] := string_to_array(coalesce(current_setting('{ACTING_FOR}', true), ''), ','); "
        f"renewing boolean := coalesce(current_setting('{RENEWING}', true), '') = 'on'; "
        f"BEGIN {parts} RETURN NULL; END $$"
    )


def _authority_part(definition: Definition, authority: str) -> str:
    own = [one for one in definition.fields if one.authority == authority]
    columns = [name for one in own for name in one.columns]
    clear = [name for one in own if not one.is_encrypted for name in one.columns]
    return (
        f"IF NOT '{authority}' = ANY (acting) THEN "
        f"IF TG_OP = 'INSERT' THEN "
        f"IF EXISTS (SELECT FROM new_rows WHERE NOT ROW({', '.join(columns)}) IS NULL) "
        f"THEN {_refuse(authority)} END IF; "
        f"ELSIF renewing THEN {_changed(clear, authority)} ELSE {_changed(columns, authority)} END IF; END IF; "
    )


def _changed(columns: list[str], authority: str) -> str:
    if not columns:
        return "NULL;"
    old, new = (", ".join(f"{side}.{name}" for name in columns) for side in ("o", "n"))
    joined = f"old_rows o JOIN new_rows n USING (id) WHERE ROW({old}) IS DISTINCT FROM ROW({new})"
    return f"IF EXISTS (SELECT FROM {joined}) THEN {_refuse(authority)} END IF;"


def _refuse(authority: str) -> str:
    return (
        f"RAISE EXCEPTION 'only {authority} may write its fields of %', TG_TABLE_NAME "
        f"USING ERRCODE = '{REFUSED}', HINT = 'set {ACTING_FOR} in a transaction that acts for it';"
    )


def _past_function(definition: Definition) -> str:
    """What was is never changed: a row is closed once. Under a new key its encrypted columns are carried over."""
    sealed = [name for one in definition.encrypted() for name in one.columns]
    dropped = "".join(f" - '{name}'" for name in sealed)
    return (
        f"CREATE OR REPLACE FUNCTION {definition.past_table}_closed_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN IF coalesce(current_setting('{RENEWING}', true), '') = 'on' "
        f"AND to_jsonb(OLD){dropped} = to_jsonb(NEW){dropped} THEN RETURN NEW; END IF; "
        f"IF OLD.superseded_at IS NOT NULL OR NEW.superseded_at IS NULL "
        f"OR to_jsonb(OLD) - 'superseded_at' <> to_jsonb(NEW) - 'superseded_at' THEN "
        f"RAISE EXCEPTION 'what % holds is closed, never changed', TG_TABLE_NAME USING ERRCODE = '{REFUSED}'; "
        f"END IF; RETURN NEW; END $$"
    )


def _kept_function(definition: Definition) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {definition.table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION 'no record of % is ever deleted: it ends', TG_TABLE_NAME USING ERRCODE = '{REFUSED}'; "
        f"END $$"
    )
