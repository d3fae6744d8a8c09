"""Witness many acts of one hand at once, as an import or a bulk service does: one COPY in the caller's transaction."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.redaction import redact

from .. import providers
from ..models import Entry
from ..providers import ACTIONS
from ..rules.leaf import SALT_BYTES
from .recording import TransactionRequired, Undeclared, check_moment, checked, new_uuid, urn_of

_COLUMNS = (
    "uuid, at, actor_urn, on_behalf_urn, capacity, action, object_urn, case_urn, outcome, purpose, "
    "detail, subjects, salt"
)
_COPY = f"COPY security_audit_entry ({_COLUMNS}) FROM STDIN (FORMAT binary)"
_DONE = Entry.Outcome.DONE.value
_TYPES = ["uuid", "timestamptz", *["text"] * 8, "jsonb", "text[]", "bytea"]


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
    who = (at, actor.urn or "anonymous", providers.principal_of(actor), str(actor.capacity))
    keys: list[UUID] = []
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for act in acts:
            if act.action not in ACTIONS:
                raise Undeclared(f"{act.action}: declare it in the room's policies.py")
            keys.append(new_uuid())
            copy.write_row((keys[-1], *who, *_rest(act)))
    return keys


def _rest(act: Act) -> tuple[Any, ...]:
    names = (act.action, urn_of(act.obj_or_urn), act.case_urn, _DONE, redact(act.purpose))
    return (*names, Jsonb(act.detail, dumps=checked), list(act.subjects), os.urandom(SALT_BYTES))
