"""A database of one's own for a demonstration or a measurement: made, used, and dropped again.

On the node's own server its tables are a copy of a database kept for that (`zt_tables_…`, one for each state of the
migrations), so that only the first demonstration waits for them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from . import home
from .database import DatabaseFault
from .postgres import Server
from .prepare import digest_of, migration_files
from .progress import step

if TYPE_CHECKING:
    import psycopg

EMPTY = "template0"
KEPT = "zt_tables_"


@contextmanager
def scratch_database(purpose: str) -> Iterator[str]:
    """The address of a database with its tables and no rows, on the node's server or DATABASE_URL's; files and keys
    apart.

    Sets DATABASE_URL, ZT_HOME and ZT_DEMO for this process; everything is removed at the end. Raises DatabaseFault.
    """
    name = f"zt_{purpose}_{os.getpid()}"
    with _server() as (admin, is_own), tempfile.TemporaryDirectory(prefix=f"zt-{purpose}-") as folder:
        url = _address(admin, name)
        (Path(folder) / "keys").mkdir(mode=0o700)
        before = dict(os.environ)
        os.environ.update(DATABASE_URL=url, ZT_HOME=folder, ZT_DEMO="1", ZT_DATABASE_ROLE="")
        os.environ.pop("ZT_FILES", None)
        home.ensure_secret()
        try:
            with step("临时数据库 scratch database"):
                _make(admin, name, is_own=is_own)
            yield url
        finally:
            os.environ.clear()
            os.environ.update(before)
            _drop(admin, name)


@contextmanager
def scratch_home() -> Iterator[Path]:
    """A home with nothing in it, for what brings a server of its own; removed at the end."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="zt-home-") as folder:
        for name in ("DATABASE_URL", "ZT_FILES"):
            os.environ.pop(name, None)
        os.environ.update(ZT_HOME=folder)
        try:
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def _server() -> Iterator[tuple[str, bool]]:
    """The address of a server on which this user may make databases; is it the node's own?"""
    if given := os.environ.get("DATABASE_URL"):
        yield _address(given, "postgres"), False
        return
    server = Server(home.prepare())
    started = server.start()
    try:
        yield server.url(), True
    finally:
        if started and (lock := home.take()):
            server.stop()
            lock.close()


def _make(admin: str, name: str, *, is_own: bool) -> None:
    with _connect(admin) as db:
        if not is_own:  # a server of somebody else keeps nothing of ours
            _create(db, name, EMPTY)
            _migrate(_address(admin, name))
            return
        db.execute("SELECT pg_advisory_lock(hashtext('zt_tables'))")
        _forget_the_dead(db)
        _create(db, name, _kept_tables(db, admin))


def _kept_tables(db: psycopg.Connection, admin: str) -> str:
    """The database to copy. It is made under another name, so that one that is half made is never taken for whole."""
    name, begun = KEPT + digest_of(migration_files())[:12], f"{KEPT}begun"
    kept = [row[0] for row in db.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (KEPT,))]
    if name not in kept:
        for old in kept:
            db.execute(f'DROP DATABASE "{old}" WITH (FORCE)')  # type: ignore[call-overload]
        _create(db, begun, EMPTY)
        _migrate(_address(admin, begun))
        db.execute(f'ALTER DATABASE "{begun}" RENAME TO "{name}"')  # type: ignore[call-overload]
    return name


def _migrate(url: str) -> None:
    """In a process of its own: whoever asks for the database has not yet loaded Django, or is connected elsewhere."""
    done = subprocess.run(
        [sys.executable, "-m", "zhengtong", "manage", "migrate", "--no-input", "-v0"],
        env={**os.environ, "DATABASE_URL": url}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise DatabaseFault(f"The tables of the scratch database cannot be made: {done.stderr.strip()[-2000:]}")


def _forget_the_dead(db: psycopg.Connection) -> None:
    """Drop the databases of processes that were killed before they could."""
    left = r"SELECT datname, split_part(datname, '_', 3) FROM pg_database WHERE datname ~ '^zt_(bench|demo)_\d+$'"
    for name, pid in db.execute(left).fetchall():
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            db.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]
        except PermissionError:
            continue


def _create(db: psycopg.Connection, name: str, template: str) -> None:
    import psycopg

    try:
        db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')  # type: ignore[call-overload]
    except psycopg.Error as fault:
        raise DatabaseFault(f"No scratch database can be made: {str(fault).strip()}") from fault


def _drop(admin: str, name: str) -> None:
    with _connect(admin) as db:
        db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def _connect(admin: str) -> psycopg.Connection:
    import psycopg

    try:
        return psycopg.connect(admin, autocommit=True, connect_timeout=10)
    except psycopg.Error as fault:
        raise DatabaseFault(f"No scratch database can be made: {str(fault).strip()}") from fault


def _address(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
