"""Draw on an allowance: one statement, in its own short transaction, that all web processes share."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db import connection

from . import rules
from .models import Allowance

MINUTE = 60.0
KEPT = timedelta(hours=24)  # who was refused is told to the security officer for so long
# The database's clock is the one that all processes share.
_TAKE = """
INSERT INTO kernel_limits_allowance AS a (key, route_class, spent_until, refused)
VALUES (%s, %s, now() + %s * interval '1 second', 0)
ON CONFLICT (key) DO UPDATE SET spent_until = greatest(a.spent_until, now()) + %s * interval '1 second'
WHERE a.spent_until <= now() + %s * interval '1 second'
RETURNING 1
"""
_REFUSE = """
UPDATE kernel_limits_allowance SET refused = refused + 1, refused_at = now() WHERE key = %s
RETURNING extract(epoch FROM spent_until - now())::float8
"""


@lru_cache(maxsize=4)
def in_force(text: str) -> dict[str, rules.Limit]:
    """The limits of a setting's text; empty where they are switched off. Raises rules.LimitsUnreadable."""
    return rules.parse(text)


def take(client: str, route_class: str, a_minute: float) -> float:
    """Take one request from the client's allowance. 0 when it was granted, else the seconds until the next one is.

    Generic cell rate algorithm: a client that has rested may send `a_minute` at once, then one every 60 / a_minute
    seconds. Must be called outside a transaction: its row is locked until the end of one.
    """
    step = MINUTE / a_minute
    key = _key(client, route_class)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [key, route_class, step, step, MINUTE - step])
        if cursor.fetchone():
            return 0.0
        cursor.execute(_REFUSE, [key])
        found = cursor.fetchone()
    return max(0.001, found[0] - (MINUTE - step)) if found else 0.0


def _key(client: str, route_class: str) -> bytes:
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(f"{route_class} {client}".encode(), key=secret, digest_size=16).digest()


def sweep(*, at: datetime) -> int:
    """Forget clients that have their whole allowance again and were not refused for a day. Returns how many."""
    rested = Allowance.objects.filter(spent_until__lt=at)
    return rested.exclude(refused_at__gt=at - KEPT).delete()[0]
