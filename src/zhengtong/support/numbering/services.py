"""Giving numbers."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import connection

from zhengtong.kernel.clock import china_date

from .rules import SERIALS, CaseNumber

_TAKE = """
    INSERT INTO support_numbering_counter (key, period, value) VALUES (%s, %s, 1)
    ON CONFLICT (key, period) DO UPDATE SET value = support_numbering_counter.value + 1
    RETURNING value
"""


def case_number(*, at: datetime) -> str:
    """A new case number of this node. Never waits; a rolled back transaction leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('support_numbering_case_serial')")
        serial = cursor.fetchone()[0] % SERIALS
    return str(CaseNumber(settings.ZT_NODE_DIVISION, china_date(at), serial))


def take(key: str, period: str) -> int:
    """The next number of a series, without gaps. Needs a transaction: the row stays locked to its end."""
    if not connection.in_atomic_block:
        raise RuntimeError("take() needs a transaction: outside one a failure would leave a gap")
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [key, period])
        return cursor.fetchone()[0]
