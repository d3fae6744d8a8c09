"""The database gives the ring only to who knows the node key: its table opens for a token drawn from that, not for SQL.

The database keeps a digest of the token. The token goes as a bound value, so that no view of running statements shows
it; it opens wrapped keys only, which take the node key itself to unwrap.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from .. import rules
from ..models import KeyVersion
from . import node_key
from .faults import NodeKeyWrong

_STATE = "SELECT * FROM security_crypto_ring_state()"
_READ = "SELECT * FROM security_crypto_ring(%s)"
_PUBLIC = "SELECT * FROM security_crypto_public_keys()"
_OPEN = "INSERT INTO security_crypto_gate VALUES (%s) ON CONFLICT DO NOTHING"
_CLOSE_OTHERS = "DELETE FROM security_crypto_gate WHERE digest <> %s"
_IS_OPEN = "SELECT EXISTS (SELECT FROM security_crypto_gate WHERE digest = ANY(%s))"


def ring_state() -> tuple[Any, ...]:
    """What tells one state of the ring from another: how many keys, the newest, the last retired and destroyed."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        return tuple(cursor.fetchone())


def read_keys(condition: str = "", *values: object) -> list[KeyVersion]:
    """The versions that fulfil the condition (SQL after WHERE), by the token of the node key in force or the next one.

    Never those of the certificate authority. Empty also where neither token opens the table. Raises NodeKeyMissing.
    """
    statement = f"{_READ} WHERE {condition}" if condition else _READ
    for key in node_key.candidates():
        if rows := list(KeyVersion.objects.raw(statement, [rules.token(key), *values])):
            return rows
    return []


def list_public(condition: str, value: str) -> list[KeyVersion]:
    """Every version with a public key that fulfils the condition; needs no token."""
    return list(KeyVersion.objects.raw(f"{_PUBLIC} WHERE {condition}", [value]))


def ensure_open() -> None:
    """Let the node key open the ring, if it is the one that unwraps it. Called by the owner.

    While the node key is being changed there are two, and either may be the one. Raises NodeKeyMissing, NodeKeyWrong.
    """
    keys, row = list(node_key.candidates()), KeyVersion.objects.filter(destroyed_at=None).first()
    with connection.cursor() as cursor:
        cursor.execute(_IS_OPEN, [[rules.digest_of_token(key) for key in keys]])
        if cursor.fetchone() == (True,):
            return
        opening = next((key for key in keys if row is None or _opens(key, row)), None)
        if opening is None:
            raise NodeKeyWrong
        cursor.execute(_OPEN, [rules.digest_of_token(opening)])


def open_only_for(key: bytes) -> None:
    """From now on this node key opens the ring, and no former one."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [rules.digest_of_token(key)])
        cursor.execute(_CLOSE_OTHERS, [rules.digest_of_token(key)])


def _opens(key: bytes, row: KeyVersion) -> bool:
    try:
        node_key.unwrap(iter([key]), bytes(row.wrapped), row.binding, row.wrapping)
    except NodeKeyWrong:
        return False
    return True
