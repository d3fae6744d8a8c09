"""Witness an act: one INSERT in the transaction of the act itself."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.redaction import find, redact

from .. import providers
from ..models import Entry
from ..policies import PERSONAL_DATA_READ
from ..providers import ACTIONS
from ..rules.leaf import SALT_BYTES, canonical

_MAX_URN = 300  # characters
_MAX_DETAIL = 16_384  # bytes
EMPTY: Mapping[str, Any] = MappingProxyType({})
_INSERT = """
INSERT INTO security_audit_entry
    (uuid, at, actor_urn, on_behalf_urn, capacity, action, object_urn, case_urn, outcome, purpose, detail, subjects,
     salt)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::text[], %s)
RETURNING id, recorded_at
"""


class Undeclared(LookupError):
    """The action is not declared in any room's policies.py."""


class DetailTooLong(Invalid, ValueError):
    """What an act says of itself is too long for the log."""

    code = "detail-too-long"
    title = _("内容过长，无法记入责任认定记录")
    remedy = _("请缩短填写的内容后再提交。")


class TransactionRequired(RuntimeError):
    """The log was told of an act outside a transaction, where the two could part."""


def record(
    actor: Actor,
    action: str,
    obj_or_urn: Any,
    *,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
    subjects: Sequence[str] = (),
    purpose: str = "",
    outcome: str = "done",
    case_urn: str = "",
) -> Entry:
    """Write what was done, by whom, on what, in the caller's transaction: both stand or neither.

    `detail` holds texts, whole numbers, booleans, lists and maps of them, at most 16 KiB, never personal data in clear
    if a code or URN will do. `subjects` are the URNs of those whose personal data the act showed unmasked.
    Raises Undeclared, TransactionRequired, DetailTooLong, ValueError (a detail the log cannot keep).
    """
    if action not in ACTIONS:
        raise Undeclared(f'declare it in the room\'s policies.py: ACTIONS.register("{action}", {{"zh": …, "en": …}})')
    if not connection.in_atomic_block:
        raise TransactionRequired(f"{action}: call audit.record inside transaction.atomic()")
    return _insert(
        actor, action, obj_or_urn, at=at, detail=detail or {}, subjects=subjects, purpose=purpose, outcome=outcome,
        case_urn=case_urn,
    )  # fmt: skip


def record_denial(actor: Actor, action: str, obj_or_urn: Any, *, at: datetime, reason: str) -> Entry:
    """Write that somebody was refused. Called after the refused act has rolled back, in a transaction of its own.

    `action` is the permission that was asked for, which need not be a declared act.
    """
    with transaction.atomic():
        return _insert(actor, action, obj_or_urn, at=at, detail={"reason": reason[:2000]}, outcome=Entry.Outcome.DENIED)


def record_read(
    actor: Actor, subject_urns: Sequence[str], purpose: str, obj_or_urn: Any, *, at: datetime, case_urn: str = ""
) -> Entry:
    """Write that personal data were shown unmasked: one entry for one answer, with its purpose and its subjects.

    Opens a transaction where the caller has none (a page that only reads). Raises ValueError without a subject or a
    purpose.
    """
    if not subject_urns or not purpose.strip():
        raise ValueError("a read of personal data names its subjects and its purpose")
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        return _insert(
            actor, PERSONAL_DATA_READ, obj_or_urn, at=at, subjects=subject_urns, purpose=purpose, case_urn=case_urn
        )


def _insert(
    actor: Actor, action: str, obj_or_urn: Any, *, at: datetime, detail: Mapping[str, Any] = EMPTY,
    subjects: Sequence[str] = (), purpose: str = "", outcome: str = Entry.Outcome.DONE, case_urn: str = "",
) -> Entry:  # fmt: skip
    check_moment(at)
    told = checked(detail)
    key, salt = new_uuid(), secrets.token_bytes(SALT_BYTES)
    values: dict[str, Any] = {
        "uuid": key, "at": at, "actor_urn": actor.urn or "anonymous", "on_behalf_urn": providers.principal_of(actor),
        "capacity": str(actor.capacity), "action": action, "object_urn": urn_of(obj_or_urn), "case_urn": case_urn,
        "outcome": Entry.Outcome(outcome).value,
        "purpose": redact(purpose), "detail": told, "subjects": list(subjects),
        "salt": salt,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*values.values()])
        entry_id, recorded_at = cursor.fetchone()
    return Entry(id=entry_id, recorded_at=recorded_at, **(values | {"detail": orjson.loads(told)}))


def check_moment(at: datetime) -> None:
    if at.tzinfo is None:
        raise ValueError("`at` must be an aware moment")


def urn_of(obj_or_urn: Any) -> str:
    urn = obj_or_urn if isinstance(obj_or_urn, str) else "" if obj_or_urn is None else obj_or_urn.urn
    if len(urn) > _MAX_URN:
        raise ValueError(f"a URN of more than {_MAX_URN} characters")
    return urn


def checked(detail: Mapping[str, Any]) -> str:
    """The detail as JSON without personal numbers, refused here if it could not be digested when the row is sealed."""
    text = canonical(detail)
    if b"\\" in text or any(find(text.decode())):  # an escape might hide one: look at each of its texts
        text = canonical(_discreet(detail))
    if len(text) > _MAX_DETAIL:
        raise DetailTooLong(
            _("内容有 %(size)d 字节，责任认定记录最多容纳 %(most)d 字节。") % {"size": len(text), "most": _MAX_DETAIL}
        )
    return text.decode()


def _discreet(value: Any) -> Any:
    """The same with every personal number replaced by its kind: what is sealed can never be taken out again."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(key): _discreet(item) for key, item in value.items()}
    return [_discreet(item) for item in value] if isinstance(value, list | tuple) else value


def new_uuid() -> UUID:
    """A UUID of version 7 (RFC 9562, 6.2, method 3: the part of the millisecond stands in the 12 bits behind).

    Ordered by time, so that its index grows at one end and entries are listed in the order of their names.
    """
    milliseconds, part = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << 80 | 0x7 << 76 | (part << 12) // 1_000_000 << 64 | int.from_bytes(os.urandom(8), "big")
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
