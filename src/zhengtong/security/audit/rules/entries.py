"""One entry of the log as its row: checked, redacted, salted. What every process writes that witnesses an act."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.redaction import find, redact
from zhengtong.kernel.wording import gettext_lazy as _

from .leaf import SALT_BYTES, canonical

PERSONAL_DATA_READ = "audit.personal_data.read"
DONE, DENIED = "done", "denied"
_MAX_URN = 300  # characters
_MAX_DETAIL = 16_384  # bytes
_MAX_REASON = 2000
INSERT = """
INSERT INTO security_audit_entry
    (uuid, at, actor_urn, on_behalf_urn, capacity, action, object_urn, case_urn, outcome, purpose, detail, subjects,
     salt)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::text[], %s)
RETURNING id, recorded_at
"""


class DetailTooLong(Invalid, ValueError):
    """What an act says of itself is too long for the log."""

    code = "detail-too-long"
    title = _("内容过长，无法记入责任认定记录")
    remedy = _("请缩短填写的内容后再提交。")


def columns_of(
    actor: Actor, action: str, obj_or_urn: Any, *, at: datetime, on_behalf_urn: str, detail: Mapping[str, Any],
    subjects: Sequence[str] = (), purpose: str = "", outcome: str = DONE, case_urn: str = "",
) -> dict[str, Any]:  # fmt: skip
    """The columns that INSERT takes, in its order; `detail` as JSON.

    Raises DetailTooLong, ValueError (a moment without zone, a detail the log cannot keep).
    """
    check_moment(at)
    told = checked(detail)
    key, salt = new_uuid(), secrets.token_bytes(SALT_BYTES)
    return {
        "uuid": key, "at": at, "actor_urn": actor.urn or "anonymous", "on_behalf_urn": on_behalf_urn,
        "capacity": str(actor.capacity), "action": action, "object_urn": urn_of(obj_or_urn), "case_urn": case_urn,
        "outcome": outcome, "purpose": redact(purpose), "detail": told, "subjects": list(subjects), "salt": salt,
    }  # fmt: skip


def why_denied(reason: str) -> dict[str, str]:
    """The detail of a refusal."""
    return {"reason": reason[:_MAX_REASON]}


def check_read(subject_urns: Sequence[str], purpose: str) -> None:
    if not subject_urns or not purpose.strip():
        raise ValueError("a read of personal data names its subjects and its purpose")


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
