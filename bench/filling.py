"""Stored cases by COPY, as the product writes them: the rows of one finished case, again and again under new names."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg

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
    "support_notifications_message": "link LIKE '%' || :uuid || '%'",
}
CASES_OF_ONE = 10  # cases of one applicant
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def fill(url: str, case_uuid: str, copies: int) -> int:
    """Copy the case's rows so many times; returns the rows written. Foreign keys follow, names are made anew.

    Every CASES_OF_ONE copies belong to an applicant of their own, as stored cases do.
    """
    with psycopg.connect(url) as db:
        case_id, urn, number, party = _case(db, case_uuid)
        first = _reserve(db, "applications_cases_case", copies)
        written = 0
        own = _own_uuids(db, case_id, urn, case_uuid)
        for table, where in ROWS.items():
            names, rows = _template(db, table, where, case_id, urn, case_uuid)
            if not rows:
                continue
            statement = f"COPY {table} ({', '.join(names)}) FROM STDIN"
            with db.cursor().copy(statement) as copy:
                for copied in _copies(names, rows, number, own, party, first, copies, table):
                    copy.write_row(copied)
                    written += 1
        db.commit()
        db.autocommit = True
        for table in ROWS:
            db.execute(f"ANALYZE {table}")
        return written


def _case(db: Any, case_uuid: str) -> tuple[int, str, str, str]:
    row = db.execute(
        "SELECT id, number, applicant_urn FROM applications_cases_case WHERE uuid = %s", (case_uuid,)
    ).fetchone()
    urn = db.execute(
        "SELECT object_urn FROM security_audit_entry WHERE object_urn LIKE %s LIMIT 1", (f"%{case_uuid}",)
    ).fetchone()[0]
    return row[0], urn, row[1], row[2].rpartition(":")[2]


def _reserve(db: Any, table: str, copies: int) -> int:
    sequence = f"pg_get_serial_sequence('{table}', 'id')"
    first = db.execute(f"SELECT nextval({sequence})").fetchone()[0]
    db.execute(f"SELECT setval({sequence}, %s)", (first + copies,))
    return int(first)


def _template(  # noqa: PLR0917
    db: Any, table: str, where: str, case_id: int, urn: str, case_uuid: str
) -> tuple[list[str], list[Any]]:
    """The columns to write (generated ids and transaction numbers excepted) and the rows as text."""
    generated = {"xid"} | (set() if table == "applications_cases_case" else {"id"})
    columns = db.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped", (table,)
    ).fetchall()
    names = [c for (c,) in columns if c not in generated]
    condition = where.replace(":case", str(case_id)).replace(":urn", f"'{urn}'").replace(":uuid", f"'{case_uuid}'")
    listed = ", ".join(f"{name}::text" for name in names)
    return names, db.execute(f"SELECT {listed} FROM {table} WHERE {condition}").fetchall()


def _own_uuids(db: Any, case_id: int, urn: str, case_uuid: str) -> set[str]:
    """The uuids that name rows of this case: each copy gets its own. All others (versions, people) stay."""
    own = {case_uuid}
    for table, where in ROWS.items():
        names, rows = _template(db, table, where, case_id, urn, case_uuid)
        if "uuid" in names:
            own |= {row[names.index("uuid")] for row in rows}
    return own


def _copies(  # noqa: PLR0917
    names: list[str], rows: list[Any], number: str, own: set[str], party: str, first: int, copies: int, table: str
) -> Iterator[list[Any]]:
    unique = {i for i, n in enumerate(names) if n in ("verification_code", "identifier")}
    keys = {i for i, n in enumerate(names) if n == "case_id" or (n == "id" and table == "applications_cases_case")}
    for nth in range(copies):
        fresh = str(first + nth).zfill(10)

        def renamed(match: re.Match[str], nth: int = nth) -> str:
            old = match.group()
            if old != party and old not in own:
                return old
            shift = first + nth - (nth % CASES_OF_ONE if old == party else 0)
            return str(uuid.UUID(int=uuid.UUID(old).int ^ (shift << 80)))

        for row in rows:
            copied = [v if v is None else _UUID.sub(renamed, v).replace(number, f"C{fresh}") for v in row]
            for i in keys:
                copied[i] = str(first + nth)
            for i in unique:
                copied[i] = f"{fresh}{copied[i][-4:]}" if names[i] == "verification_code" else f"{copied[i]}{fresh}"
            yield copied
