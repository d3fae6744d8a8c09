"""How a command comes to the node's database: DATABASE_URL, else the one the node was started with, else its own.

A server that a command had to start stops with it, unless the node has been started meanwhile.
"""

from __future__ import annotations

import atexit
import os

from . import database, home
from .database import Database
from .postgres import Server

LOCAL_COMMIT = (
    "-c synchronous_commit=local"  # who starts the server himself has no mirror (backup/mirror.py) to wait for
)


def attach() -> Database:
    """Raises HomeFault, PostgresError, DatabaseFault, each with its remedy."""
    facts = home.told()
    if url := os.environ.get("DATABASE_URL") or facts.get("given_database"):
        return database.ensure_given(url)
    server = Server(home.prepare())
    if server.start():
        os.environ.setdefault("PGOPTIONS", LOCAL_COMMIT)
        atexit.register(_leave, server)
    return database.ensure_own(server)


def own_server() -> Server | None:
    """The node's own server, or None where the database is run elsewhere."""
    is_given = os.environ.get("DATABASE_URL") or home.told().get("given_database")
    return None if is_given else Server(home.prepare())


def is_nowhere() -> bool:
    """Neither a database that is run elsewhere nor data of a server of our own: no node was ever made here."""
    if os.environ.get("DATABASE_URL") or home.told():
        return False
    server = own_server()
    return server is not None and not (server.data / "PG_VERSION").exists()


def adopt() -> None:
    """Give Django the owner's address, and what else the node was started with."""
    recall()
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = attach().owner


def recall() -> None:
    """What the node was started with holds for a command too, unless its own environment says otherwise."""
    for name, value in home.told().get("environment", {}).items():
        os.environ.setdefault(name, value)


def _leave(server: Server) -> None:
    if lock := home.take():
        server.stop()
        lock.close()
