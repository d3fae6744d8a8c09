"""Blocks checked in turn or, of a long log, by several processes that read the same snapshot of the database."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.util import Finalize
from typing import Any

import psycopg
from django.db import connection

from zhengtong.security.crypto import services as crypto

from .blocks import Block, Mac, check_block

PARALLEL_FROM = 32  # blocks; fewer are done before the processes have started
_PLANS = """
SELECT set_config('enable_seqscan', %(allowed)s, true), set_config('enable_hashjoin', %(allowed)s, true),
       set_config('enable_mergejoin', %(allowed)s, true)
"""
_CHUNK = 2  # blocks a process takes at once
_work: tuple[Any, Mac, int, int] | None = None  # of a checking process: connection, code maker, width, kept


@contextmanager
def checked_blocks(count: int, width: int, kept: int, *, is_alone: bool) -> Iterator[Iterator[Block | None]]:
    """The first `count` blocks of `width` leaves in order, each checked by `check_block`."""
    mac = code_maker()
    if not (is_alone and count >= PARALLEL_FROM and hands() > 1):
        _go_by_index(connection.connection)
        yield (check_block(connection.connection, mac, number * width, width, kept) for number in range(count))
        connection.connection.execute(_PLANS, {"allowed": "on"})
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
    # Forked, so that neither the node key nor Django's start is paid again; a child never touches our connection.
    fork = multiprocessing.get_context("fork")
    start = (connection.get_connection_params(), snapshot, mac, width, kept)
    with fork.Pool(hands(), _begin, start) as pool:
        yield pool.imap(_check, range(count), _CHUNK)
        pool.close()
        pool.join()


def hands() -> int:
    """How many processes may check: one for each core, where forking is safe (no other thread of ours at work)."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" and threading.active_count() == 1 else 1


def code_maker() -> Mac:
    return crypto.mac_for("audit leaf")


def _go_by_index(db: Any) -> None:
    """For this transaction: a block is found by its keys. A planner that has not met the tables yet, or plans for any
    range, would go through all of them for each block, and verification would be quadratic."""
    db.execute(_PLANS, {"allowed": "off"})


def _begin(params: dict[str, Any], snapshot: str, mac: Mac, width: int, kept: int) -> None:
    """A process of its own connection, which sees exactly what the first one sees."""
    global _work  # noqa: PLW0603
    db = psycopg.connect(**params)
    db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    db.read_only = True
    db.autocommit = False
    db.execute(psycopg.sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
    _go_by_index(db)
    _work = (db, mac, width, kept)
    Finalize(None, db.close, exitpriority=1)


def _check(number: int) -> Block | None:
    assert _work is not None
    db, mac, width, kept = _work
    return check_block(db, mac, number * width, width, kept)
