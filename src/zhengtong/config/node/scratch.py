"""A database of one's own for a demonstration or a measurement: made, used, and dropped again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from . import home
from .database import DatabaseFault
from .postgres import Server


@contextmanager
def scratch_database(purpose: str) -> Iterator[str]:
    """The address of an empty database on the node's server (or that of DATABASE_URL), with files and keys apart.

    Sets DATABASE_URL, ZT_HOME and ZT_DEMO for this process; everything is removed at the end. Raises DatabaseFault.
    """
    import psycopg

    name = f"zt_{purpose}_{os.getpid()}"
    with _server() as admin, tempfile.TemporaryDirectory(prefix=f"zt-{purpose}-") as folder:
        try:
            with psycopg.connect(admin, autocommit=True, connect_timeout=10) as db:
                db.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        except psycopg.Error as fault:
            raise DatabaseFault(f"No scratch database can be made: {str(fault).strip()}") from fault
        url = urlunsplit(urlsplit(admin)._replace(path=f"/{name}"))
        (Path(folder) / "keys").mkdir(mode=0o700)
        before = dict(os.environ)
        os.environ.update(DATABASE_URL=url, ZT_HOME=folder, ZT_DEMO="1", ZT_DATABASE_ROLE="")
        os.environ.pop("ZT_FILES", None)
        try:
            yield url
        finally:
            os.environ.clear()
            os.environ.update(before)
            _drop(admin, name)


@contextmanager
def _server() -> Iterator[str]:
    """The address of a server on which this user may make databases."""
    if given := os.environ.get("DATABASE_URL"):
        yield urlunsplit(urlsplit(given)._replace(path="/postgres"))
        return
    server = Server(home.prepare())
    started = server.start()
    try:
        yield server.url()
    finally:
        if started and (lock := home.take()):
            server.stop()
            lock.close()


def _drop(admin: str, name: str) -> None:
    import psycopg

    with psycopg.connect(admin, autocommit=True) as db:
        db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
