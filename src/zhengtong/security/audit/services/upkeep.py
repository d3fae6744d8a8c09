"""Keeping the log's tables: partitions ahead of need, and what the web role may do with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from psycopg import sql

from zhengtong.kernel.transactions import verb

MONTHS_AHEAD = 3
LEAVES_PER_PARTITION = 1 << 24
_TABLES = (
    "security_audit_entry",
    "security_audit_leaf",
    "security_audit_node",
    "security_audit_checkpoint",
    "security_audit_witnessed",
)


@verb
def ensure_partitions(*, at: datetime) -> list[str]:
    """Make the partitions that are needed soon; returns the names of the new ones. Idempotent, run daily.

    Entries: this month and the next three (UTC). Leaves and nodes: the block being filled and the next. Rows that went
    to the DEFAULT partition meanwhile are moved to their own.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('security_audit_partitions'))")
        cursor.execute("SELECT coalesce(max(index), 0) FROM security_audit_leaf")
        block = cursor.fetchone()[0] // LEAVES_PER_PARTITION
        wanted = [("entry", "recorded_at", month) for month in _months(at)]
        for number in (block, block + 1):
            low, high = number * LEAVES_PER_PARTITION, (number + 1) * LEAVES_PER_PARTITION
            wanted.append(("leaf", "index", (f"b{number}", str(low), str(high))))
            wanted.append(("node", "position", (f"b{number}", str(2 * low), str(2 * high))))
        return [name for name in (_ensure(cursor, *part) for part in wanted) if name]


def _months(at: datetime) -> Iterator[tuple[str, str, str]]:
    """(name, first moment, first moment of the next) of this month and those ahead."""
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MONTHS_AHEAD + 1):
        following = (
            first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1)
        )
        yield first.strftime("m%Y%m"), first.isoformat(), following.isoformat()
        first = following


def _ensure(cursor: Any, table: str, column: str, part: tuple[str, str, str]) -> str | None:
    """Make one partition and move into it what the DEFAULT one holds of it. None when it is there already."""
    suffix, low, high = part
    parent, name = f"security_audit_{table}", f"security_audit_{table}_{suffix}"
    cursor.execute("SELECT to_regclass(%s)", [name])
    if cursor.fetchone()[0]:
        return None
    bounds = f"{column} >= %s AND {column} < %s"
    cursor.execute(f"CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    cursor.execute(
        f"WITH strays AS (DELETE FROM {parent}_rest WHERE {bounds} RETURNING *)"  # noqa: S608
        f" INSERT INTO {name} SELECT * FROM strays",
        [low, high],
    )
    attach = f"ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({{}}) TO ({{}})"
    cursor.execute(sql.SQL(attach).format(low, high))  # a definition of a table takes no parameters
    _revoke_everything(cursor, name)
    return name


def _revoke_everything(cursor: Any, name: str) -> None:
    """Rights are held on the parent only, whatever the database gives to new tables by default."""
    cursor.execute(
        "SELECT DISTINCT quote_ident(r.rolname)"
        " FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE c.oid = %s::regclass AND a.grantee <> c.relowner",
        [name],
    )
    for (role,) in cursor.fetchall():
        cursor.execute(f"REVOKE ALL ON {name} FROM {role}")


def grants(role: str) -> list[str]:
    """SQL that lets the web role add entries and read the log, and nothing else: it can change or remove no row.

    Sealing, partitions and pruning are the worker's, which works as the owner.
    """
    revoke = (
        "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relname ^@ 'security_audit_'"  # noqa: S608
        f" AND relkind IN ('r', 'p') LOOP EXECUTE 'REVOKE ALL ON ' || t || ' FROM \"{role}\"'; END LOOP; END $$"
    )
    return [
        revoke,
        f'GRANT SELECT ON {", ".join(_TABLES)} TO "{role}"',
        f'GRANT INSERT ON security_audit_entry TO "{role}"',
    ]
