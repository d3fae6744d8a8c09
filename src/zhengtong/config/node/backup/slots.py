"""What the server keeps for backups: two replication slots, and whether a commit waits for the mirror.

Slot `zt_archive` keeps the log until it is shipped; slot `zt_mirror` is what pg_receivewal reads. A slot nobody reads
any more would fill the disk, and a commit would wait for ever for a mirror that is gone: `settle` clears both.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from zhengtong.config.node.attach import LOCAL_COMMIT

from .source import Source

if TYPE_CHECKING:
    import psycopg

    from .plan import Plan

ARCHIVE, MIRROR = "zt_archive", "zt_mirror"


def commit_locally() -> None:
    """Commits of this process and its children do not wait for the mirror: it does not run yet."""
    os.environ.setdefault("PGOPTIONS", LOCAL_COMMIT)


def settle(source: Source, plan: Plan) -> None:
    """Take away what the settings no longer ask for."""
    with source.connect() as db:
        if not plan.to:
            _drop(db, ARCHIVE)
        if not plan.mirror:
            wait_for_mirror(db, False)
            _drop(db, MIRROR)


def reserve(db: psycopg.Connection[Any], name: str) -> str:
    """The position from which the server keeps the log for this slot, which is made where it is missing or lost."""
    row = _slot(db, name)
    if row and row[1] == "lost":
        _drop(db, name)
        row = None
    if not row:
        db.execute("SELECT pg_create_physical_replication_slot(%s, true)", (name,))
        row = _slot(db, name)
    assert row
    return str(row[0])


def holds(db: psycopg.Connection[Any], name: str, lsn: str) -> bool:
    """Whether the slot is there and the server still keeps all log from this position on."""
    question = (
        "SELECT wal_status <> 'lost' AND restart_lsn <= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s"
    )
    row = db.execute(question, (lsn, name)).fetchone()
    return bool(row and row[0])


def is_reserved(db: psycopg.Connection[Any], name: str) -> bool:
    row = _slot(db, name)
    return bool(row and row[1] not in (None, "lost"))


def release(db: psycopg.Connection[Any], name: str, lsn: str) -> None:
    """Everything before this position may go."""
    order = "SELECT pg_replication_slot_advance(slot_name, %(lsn)s::pg_lsn) FROM pg_replication_slots"
    values = {"name": name, "lsn": lsn}
    db.execute(f"{order} WHERE slot_name = %(name)s AND restart_lsn < %(lsn)s::pg_lsn", values)  # type: ignore[call-overload]


def wait_for_mirror(db: psycopg.Connection[Any], wanted: bool) -> None:
    """Whether a commit is acknowledged only once the mirror has it on its disk. Holds over restarts."""
    row = db.execute("SELECT setting FROM pg_settings WHERE name = 'synchronous_standby_names'").fetchone()
    if (row and row[0] == MIRROR) != wanted:
        order = f"SET synchronous_standby_names = {MIRROR}" if wanted else "RESET synchronous_standby_names"
        db.execute(f"ALTER SYSTEM {order}")  # type: ignore[call-overload]
        db.execute("SELECT pg_reload_conf()")


def _slot(db: psycopg.Connection[Any], name: str) -> tuple[Any, ...] | None:
    question = "SELECT restart_lsn::text, wal_status FROM pg_replication_slots WHERE slot_name = %s"
    return db.execute(question, (name,)).fetchone()


def _drop(db: psycopg.Connection[Any], name: str) -> None:
    order = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
    db.execute(f"{order} WHERE slot_name = %s AND NOT active", (name,))  # type: ignore[call-overload]
