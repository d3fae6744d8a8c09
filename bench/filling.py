"""Stored cases as the product writes them: the rows of one finished case, again and again under new names.

The rows are made in the database from one stage of copies, table beside table in two connections, and the indexes are
built afterwards: 100,000 cases are four million rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psycopg

from . import bare, copying
from .copying import COPIES, Case

# table → how the rows of one case are found; :case is its id, :urn its URN
ROWS = {
    "applications_cases_case": "id = :case",
    "applications_cases_submission": "case_id = :case",
    "applications_cases_evidence": "case_id = :case",
    "applications_cases_review": "case_id = :case",
    "applications_cases_decision": "case_id = :case",
    "applications_cases_paper": "case_id = :case",
    "support_deadlines_clock": "subject_urn = :urn",
    "support_workflow_processinstance": "subject_urn = :urn",
    "security_audit_entry": "object_urn = :urn",
    "credentials_credential": "case_urn = :urn",
    "credentials_use": "case_urn = :urn",
    "support_notifications_message": "link LIKE '%' || :uuid || '%'",
}
NUMBERED = ("applications_cases_case", "credentials_credential")  # others refer to their ids, which we give ourselves
CASES_OF_ONE = 10  # cases of one applicant
CONNECTIONS = 2
BATCH = 2_000  # cases under way at the same time: their rows lie among each other
SETTINGS = {
    "maintenance_work_mem": "128MB", "max_parallel_maintenance_workers": "0", "max_parallel_workers_per_gather": "0",
    "synchronous_commit": "off", "wal_compression": "lz4", "wal_init_zero": "off",
}  # fmt: skip


def fill(url: str, case_uuid: str, copies: int) -> int:
    """Copy the case's rows so many times; returns the rows written. Foreign keys follow, names are made anew.

    Every CASES_OF_ONE copies belong to an applicant of their own, as stored cases do.
    """
    if copies < 1:
        return 0
    with psycopg.connect(url, autocommit=True) as db, ThreadPoolExecutor(CONNECTIONS) as pool:
        case, statements = _statements(db, case_uuid)
        batches = _stage(db, case, copies)
        taken = bare.lay_bare(db, statements)
        _without_upkeep(db, statements)
        work = [pool.submit(_load, url, sql, batches, taken.indexes[table]) for table, sql in statements.items()]
        written = sum(done.result() for done in work)
        for link in taken.links:
            db.execute(link)
        list(pool.map(lambda after: _run(url, after), [*taken.proofs, *(f"ANALYZE {t}" for t in statements)]))
        db.execute(f"DROP TABLE {COPIES}")
        with suppress(psycopg.errors.InsufficientPrivilege):
            db.execute("CHECKPOINT")  # what follows is measured on a server with nothing left to write
        return written


def _load(url: str, statement: str, batches: list[range], indexes: list[str]) -> int:
    """Write one table's rows, then build its indexes; returns the rows."""
    with psycopg.connect(url, autocommit=True) as db:
        for name, value in SETTINGS.items():
            with suppress(psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue):
                db.execute(f"SET {name} = '{value}'")
        spans = [{"first": batch[0], "last": batch[-1]} for batch in batches]
        written = sum(db.execute(statement, span, prepare=False).rowcount for span in spans)
        for index in indexes:
            db.execute(index)
        return written


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(statement)


def _without_upkeep(db: Any, tables: Iterable[str]) -> None:
    """No autovacuum begins while something is measured: it would be this filling's, not the product's."""
    leaves = "SELECT relid::text FROM unnest(%s::regclass[]) t, pg_partition_tree(t) WHERE isleaf"
    for (leaf,) in db.execute(leaves, (list(tables),)).fetchall():
        db.execute(f"ALTER TABLE {leaf} SET (autovacuum_enabled = off)")


# -- the case to copy -------------------------------------------------------------------------------------------------
def _statements(db: Any, case_uuid: str) -> tuple[Case, dict[str, str]]:
    """Table → statement, the longest work first."""
    case = _case(db, case_uuid)
    types = {table: _columns(db, table) for table in ROWS}
    rows = {table: _rows(db, case, table, list(types[table])) for table in ROWS}
    for table, names in types.items():
        if "uuid" in names:
            case.own |= {row[list(names).index("uuid")] for row in rows[table]}
    case.credentials = len(rows["credentials_credential"])
    heavy = sorted(ROWS, key=lambda table: -sum(len("".join(filter(None, row))) + 400 for row in rows[table]))
    return case, {table: copying.statement(case, table, types[table], rows[table]) for table in heavy if rows[table]}


def _case(db: Any, case_uuid: str) -> Case:
    found = "SELECT id, number, applicant_urn FROM applications_cases_case WHERE uuid = %s"
    id_, number, applicant = db.execute(found, (case_uuid,)).fetchone()
    urn = f"{applicant.split(':identity:')[0]}:cases:case:{case_uuid}"
    return Case(id_, case_uuid, urn, number, applicant.rpartition(":")[2], 0)


def _columns(db: Any, table: str) -> dict[str, str]:
    """The columns to write, with their types: not what the database gives by itself (ids, transaction numbers)."""
    given = {"xid"} | (set() if table in NUMBERED else {"id"})
    found = db.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum", (table,),
    ).fetchall()  # fmt: skip
    return {name: kind for name, kind in found if name not in given}


def _rows(db: Any, case: Case, table: str, names: list[str]) -> list[tuple[str | None, ...]]:
    condition = ROWS[table].replace(":case", str(case.id)).replace(":urn", f"'{case.urn}'")
    listed = ", ".join(f"{name}::text" for name in names)
    condition = condition.replace(":uuid", f"'{case.uuid}'")
    return db.execute(f"SELECT {listed} FROM {table} WHERE {condition} ORDER BY id").fetchall()


# -- the stage --------------------------------------------------------------------------------------------------------
def _stage(db: Any, case: Case, copies: int) -> list[range]:
    """One row per copy, in batches. `n` is the case's id, so that a second filling goes on where the first ended."""
    first = _reserve(db, "applications_cases_case", copies)
    credential = _reserve(db, "credentials_credential", copies * case.credentials)
    db.execute(f"DROP TABLE IF EXISTS {COPIES}")
    db.execute(
        f"CREATE UNLOGGED TABLE {COPIES} AS WITH copies AS (SELECT n, n - {first} AS nth, "
        f"lpad(to_hex((n - {first}) * 4294967296 / {copies}), 8, '0') AS spread "
        f"FROM generate_series({first}::bigint, {first + copies - 1}::bigint) n), named AS ("
        f"SELECT *, {copying.fresh_uuid(case.uuid)}::text AS uuid FROM copies s) "
        f"SELECT n, {credential} + nth * {case.credentials} AS credential_id, spread, uuid, "
        f"'{case.urn.removesuffix(case.uuid)}' || uuid AS urn, "
        f"'C' || substr('{case.number}', 2, {len(case.number) - 11}) || lpad(n::text, 10, '0') AS number, "
        f"md5('{case.applicant}' || ({first} + nth / {CASES_OF_ONE}))::uuid::text AS applicant FROM named"
    )
    db.execute(f"CREATE INDEX ON {COPIES} (n)")
    db.execute(f"ANALYZE {COPIES}")
    return [range(n, min(n + BATCH, first + copies)) for n in range(first, first + copies, BATCH)]


def _reserve(db: Any, table: str, many: int) -> int:
    """The first of so many ids nobody else will get."""
    sequence = f"pg_get_serial_sequence('{table}', 'id')"
    first = int(db.execute(f"SELECT nextval({sequence})").fetchone()[0])
    db.execute(f"SELECT setval({sequence}, %s)", (first + many,))
    return first
