"""Witness an act: one INSERT in the transaction of the act itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
from django.db import connection, transaction

from zhengtong.kernel.actors import Actor

from .. import providers
from ..models import Entry
from ..providers import ACTIONS
from ..rules.entries import (
    INSERT,
    PERSONAL_DATA_READ,
    DetailTooLong,
    check_moment,
    check_read,
    checked,
    columns_of,
    new_uuid,
    urn_of,
    why_denied,
)

__all__ = [
    "DetailTooLong", "TransactionRequired", "Undeclared", "check_moment", "checked", "new_uuid", "record",
    "record_denial", "record_read", "urn_of",
]  # fmt: skip

EMPTY: Mapping[str, Any] = MappingProxyType({})


class Undeclared(LookupError):
    """The action is not declared in any room's policies.py."""


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
        return _insert(actor, action, obj_or_urn, at=at, detail=why_denied(reason), outcome=Entry.Outcome.DENIED)


def record_read(
    actor: Actor, subject_urns: Sequence[str], purpose: str, obj_or_urn: Any, *, at: datetime, case_urn: str = ""
) -> Entry:
    """Write that personal data were shown unmasked: one entry for one answer, with its purpose and its subjects.

    Opens a transaction where the caller has none (a page that only reads). Raises ValueError without a subject or a
    purpose.
    """
    check_read(subject_urns, purpose)
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        return _insert(
            actor, PERSONAL_DATA_READ, obj_or_urn, at=at, subjects=subject_urns, purpose=purpose, case_urn=case_urn
        )


def _insert(
    actor: Actor, action: str, obj_or_urn: Any, *, at: datetime, detail: Mapping[str, Any] = EMPTY,
    subjects: Sequence[str] = (), purpose: str = "", outcome: str = Entry.Outcome.DONE, case_urn: str = "",
) -> Entry:  # fmt: skip
    values = columns_of(
        actor, action, obj_or_urn, at=at, on_behalf_urn=providers.principal_of(actor), detail=detail,
        subjects=subjects, purpose=purpose, outcome=Entry.Outcome(outcome).value, case_urn=case_urn,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [*values.values()])
        entry_id, recorded_at = cursor.fetchone()
    return Entry(id=entry_id, recorded_at=recorded_at, **(values | {"detail": orjson.loads(values["detail"])}))
