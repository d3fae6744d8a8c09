"""Witness many acts of one hand at once, as an import or a bulk service does: one COPY in the caller's transaction.

Rows are written as PostgreSQL's binary COPY format wants them: a general driver's way from Python's values to these
bytes takes longer than all the rest of an entry.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.redaction import redact

from .. import providers
from ..models import Entry
from ..providers import ACTIONS
from ..rules.leaf import SALT_BYTES
from .recording import TransactionRequired, Undeclared, check_moment, checked, new_uuid, urn_of

# What is the same in all entries of a batch stands first.
_COLUMNS = (
    "at, actor_urn, on_behalf_urn, capacity, outcome, uuid, salt, action, object_urn, case_urn, purpose, detail, "
    "subjects"
)
_COPY = f"COPY security_audit_entry ({_COLUMNS}) FROM STDIN (FORMAT binary)"
_WIDTH = (13).to_bytes(2)
_HEAD, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_NO_TEXTS = bytes(8) + (25).to_bytes(4)  # a text[] without dimensions and nulls
_JSONB = b"\x01"  # the version of its binary form
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TOGETHER = 256  # acts whose bytes are handed on at once


@dataclass(frozen=True, slots=True)
class Act:
    """One of many acts: as the arguments of `record`."""

    action: str
    obj_or_urn: Any
    detail: Mapping[str, Any] = field(default_factory=dict)
    subjects: Sequence[str] = ()
    purpose: str = ""
    case_urn: str = ""


def record_many(actor: Actor, acts: Iterable[Act], *, at: datetime) -> list[UUID]:
    """`record` for many done by one actor at one moment; returns the entries' uuids in order. All stand or none.

    Raises what `record` raises, before anything of the faulty act is written.
    """
    if not connection.in_atomic_block:
        raise TransactionRequired("call audit.record_many inside transaction.atomic()")
    check_moment(at)
    who = (actor.urn or "anonymous", providers.principal_of(actor), str(actor.capacity), Entry.Outcome.DONE.value)
    begin = _WIDTH + _field(((at - _EPOCH) // timedelta(microseconds=1)).to_bytes(8, signed=True)) + _texts(*who)
    keys: list[UUID] = []
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_HEAD)
        for some in _pieces(acts):
            named = [(new_uuid(), act) for act in some]
            salts = os.urandom(SALT_BYTES * len(named))
            copy.write(
                b"".join(begin + _row(key, act, salt) for (key, act), salt in zip(named, _cut(salts), strict=True))
            )
            keys += [key for key, _ in named]
        copy.write(_END)
    return keys


def _pieces(acts: Iterable[Act]) -> Iterator[list[Act]]:
    rest = iter(acts)
    while some := list(islice(rest, _TOGETHER)):
        yield some


def _cut(salts: bytes) -> Iterator[bytes]:
    return (salts[place : place + SALT_BYTES] for place in range(0, len(salts), SALT_BYTES))


def _row(key: UUID, act: Act, salt: bytes) -> bytes:
    """What differs from act to act, in the order of the columns."""
    if act.action not in ACTIONS:
        raise Undeclared(f"{act.action}: declare it in the room's policies.py")
    purpose = redact(act.purpose) if act.purpose else ""
    return b"".join((
        _field(key.bytes), _field(salt), _texts(act.action, urn_of(act.obj_or_urn), act.case_urn, purpose),
        _field(_JSONB + checked(act.detail).encode()), _field(_array(act.subjects)),
    ))  # fmt: skip


def _texts(*values: str) -> bytes:
    return b"".join([_field(value.encode()) for value in values])


def _array(values: Sequence[str]) -> bytes:
    """A text[] of one dimension, its elements numbered from 1."""
    if not values:
        return _NO_TEXTS
    return (1).to_bytes(4) + _NO_TEXTS[4:] + len(values).to_bytes(4) + (1).to_bytes(4) + _texts(*values)


def _field(data: bytes) -> bytes:
    """A value as COPY takes it: its length and itself."""
    return len(data).to_bytes(4) + data
