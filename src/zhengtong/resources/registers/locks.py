"""One of a kind at a time: a lock of the database that goes with the connection, whatever becomes of the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from zhengtong.kernel.errors import Conflict


@contextmanager
def alone(name: str, refusal: Conflict) -> Iterator[None]:
    """Raises the refusal where another process is inside under this name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        if not cursor.fetchone()[0]:
            raise refusal
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
