"""The node's database: its address for the owner and for the web, its roles, its small table of stamps. No Django."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from . import rights
from .faults import NodeFault

if TYPE_CHECKING:
    import psycopg

    from .postgres import Server

OLDEST = 150000
OWNER, WEB, NAME = "zt_owner", "zt_web", "zhengtong"
STAMPS = "CREATE TABLE IF NOT EXISTS zt_node_stamp (name text PRIMARY KEY, value text NOT NULL)"


class DatabaseFault(NodeFault):
    """The database cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Database:
    """`owner` migrates and runs background work; the web comes as `web`, in `web_role` where they share the login."""

    owner: str
    web: str
    web_role: str = ""


def ensure_own(server: Server) -> Database:
    """The database and the two log-in roles on the node's own server. The web cannot become owner again."""
    with _connect(server.url()) as db:
        for role in (OWNER, WEB):
            _unless(db, "SELECT 1 FROM pg_roles WHERE rolname = %s", role, f"CREATE ROLE {role} LOGIN")
        _unless(
            db, "SELECT 1 FROM pg_database WHERE datname = %s", NAME,
            f"CREATE DATABASE {NAME} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'",
        )  # fmt: skip
    return Database(server.url(NAME, OWNER), server.url(NAME, WEB))


def ensure_given(url: str) -> Database:
    """The database DATABASE_URL names, made where it is missing; a web role in it where its user may make one."""
    with _connect_or_create(url) as db:
        if db.info.server_version < OLDEST:
            raise DatabaseFault(
                f"The server of DATABASE_URL is PostgreSQL {db.info.server_version // 10000}; the node needs 15 or "
                "newer. Unset DATABASE_URL to let the node run its own."
            )
        role = WEB if _may_use_role(db) else ""
    return Database(url, os.environ.get("ZT_WEB_DATABASE_URL") or url, role)


def read_stamps(url: str) -> dict[str, str]:
    with _connect(url) as db:
        db.execute(STAMPS)
        return dict(db.execute("SELECT name, value FROM zt_node_stamp").fetchall())


def write_stamp(url: str, name: str, value: str) -> None:
    with _connect(url) as db:
        db.execute(
            "INSERT INTO zt_node_stamp VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )


_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p', 'v') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


def grant(url: str, role: str, rooms: Sequence[Callable[[str], list[str]]]) -> None:
    """What the web may do, table by table as `rights` declares it, and no table's shape; a partition only through its
    table. Then what single rooms say for themselves (functions)."""
    with _connect(url) as db, db.transaction():
        db.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        db.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
        db.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}")
        db.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
        for (table,) in db.execute(_TABLES).fetchall():
            for statement in rights.grants_on(table, role):
                db.execute(statement)  # type: ignore[call-overload]
        for statements in rooms:
            for statement in statements(role):
                db.execute(statement)  # type: ignore[call-overload]


@contextmanager
def exclusively(url: str) -> Any:
    """One preparation at a time, whatever the number of nodes that share the database."""
    with _connect(url) as db:
        db.execute("SELECT pg_advisory_lock(hashtext('zhengtong prepare'))")
        yield


def _unless(db: psycopg.Connection[Any], question: str, name: str, statement: str) -> None:
    if not db.execute(question, (name,)).fetchone():  # type: ignore[call-overload]
        db.execute(statement)  # type: ignore[call-overload]


def _may_use_role(db: psycopg.Connection[Any]) -> bool:
    """Make the web's role, and let the present user take it. False where the user may not."""
    import psycopg

    try:
        with db.transaction():
            _unless(db, "SELECT 1 FROM pg_roles WHERE rolname = %s", WEB, f"CREATE ROLE {WEB} NOLOGIN")
        with db.transaction():
            if not db.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", (WEB,)).fetchone()[0]:  # type: ignore[index]
                db.execute(f"GRANT {WEB} TO current_user")
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UniqueViolation, psycopg.errors.DuplicateObject):
        return bool(
            db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER')", (WEB,)).fetchone()
        )
    return True


def _connect(url: str) -> psycopg.Connection[Any]:
    import psycopg

    return psycopg.connect(url, autocommit=True, connect_timeout=10)


def _connect_or_create(url: str) -> psycopg.Connection[Any]:
    """Raises DatabaseFault, saying what the server said."""
    import psycopg

    try:
        return _connect(url)
    except psycopg.OperationalError as fault:
        parts = urlsplit(url)
        name = parts.path.lstrip("/")
        if "does not exist" not in str(fault) or not name:
            raise DatabaseFault(f"DATABASE_URL does not lead to a database: {str(fault).strip()}") from fault
    try:
        with _connect(urlunsplit(parts._replace(path="/postgres"))) as db:
            db.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")  # type: ignore[call-overload]
        return _connect(url)
    except psycopg.Error as fault:
        raise DatabaseFault(
            f"The database {name} of DATABASE_URL does not exist and cannot be made: {str(fault).strip()}"
        ) from fault
