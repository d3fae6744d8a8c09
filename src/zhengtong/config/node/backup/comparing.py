"""The state of a database in figures: rows and an order-independent hash of each table, the log's signed root.

Two databases with the same figures hold the same rows: the hash is the sum of 64-bit hashes of the rows' texts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhengtong.config.node import database

from .faults import BackupFault
from .source import Source

if TYPE_CHECKING:
    import psycopg

TRIES = 400
PAUSE = 0.025  # seconds between two tries, about
TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
FIGURES = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t"
HEAD = "SELECT tree_size, encode(root, 'hex') FROM security_audit_checkpoint ORDER BY tree_size DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class State:
    """`tables`: name → (rows, hash); `head`: entries and root of the newest checkpoint."""

    tables: dict[str, tuple[int, str]]
    head: tuple[int, str] | None

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.tables.values())

    def differences(self, other: State) -> list[str]:
        """What the other one has otherwise, table by table."""
        found = [
            f"{name}: {self.tables.get(name, 'no table')} here, {other.tables.get(name, 'no table')} there"
            for name in sorted(self.tables.keys() | other.tables.keys())
            if self.tables.get(name) != other.tables.get(name)
        ]
        return found if self.head == other.head else [*found, f"checkpoint: {self.head} here, {other.head} there"]


def state(db: psycopg.Connection[Any]) -> State:
    """The figures of one snapshot, where the connection's transaction is a repeatable read."""
    names = [row[0] for row in db.execute(TABLES).fetchall()]
    tables = {}
    for name in names:
        row = db.execute(FIGURES.format(name)).fetchone()  # type: ignore[call-overload]
        assert row
        tables[name] = (int(row[0]), str(row[1]))
    head = db.execute(HEAD).fetchone()
    return State(tables, (int(head[0]), str(head[1])) if head else None)


@contextmanager
def marked(source: Source, point: str) -> Iterator[psycopg.Connection[Any]]:
    """A snapshot of exactly what stands in the log before the restore point `point`, which is on the disk by then.

    For that nobody may write between the two, a few milliseconds: all tables are locked without waiting (a writer is
    never made to wait in a circle), and tried again where somebody writes just then. Raises BackupFault.
    """
    with source.connect(database.NAME) as reader:
        for _ in range(TRIES):
            with reader.transaction():
                reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                if _mark(source, reader, point):
                    yield reader
                    return
            time.sleep(PAUSE * random.uniform(0.5, 1.5))  # noqa: S311
    raise BackupFault("The node never stood still for a moment: somebody holds a long transaction. Try again later.")


def _mark(source: Source, reader: psycopg.Connection[Any], point: str) -> bool:
    import psycopg

    with source.connect(database.NAME) as locker:
        tables = ", ".join(str(row[0]) for row in locker.execute(TABLES).fetchall())
        try:
            with locker.transaction():
                locker.execute(f"LOCK TABLE {tables} IN SHARE MODE NOWAIT")  # type: ignore[call-overload]
                reader.execute("SELECT 1")  # the snapshot
                locker.execute("SELECT pg_create_restore_point(%s)", (point,))
                locker.execute("SELECT pg_current_xact_id()")  # only the commit of a numbered transaction flushes it
        except psycopg.errors.LockNotAvailable:
            return False
    return True
