"""A leaf: one version byte and RFC 8785 JSON. URNs and blinded digests only, never personal data."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

VERSION = b"\x01"
SALT_BYTES = 16
_SAFE_INTEGER = 2**53 - 1
_NUL = rb"\u0000"  # as JSON writes it; a text that tells of it in words is looked at once more


@dataclass(frozen=True, slots=True)
class Facts:
    """One row of the log. `at` is the act's moment as the verb was told; `recorded_at` is the database's clock."""

    uuid: UUID
    at: datetime
    recorded_at: datetime
    actor_urn: str
    on_behalf_urn: str
    capacity: str
    action: str
    object_urn: str
    case_urn: str
    outcome: str
    purpose: str
    detail: Mapping[str, Any]
    subjects: Sequence[str]
    salt: bytes


def leaf(facts: Facts) -> bytes:
    """The bytes that are hashed into the tree and signed in a receipt.

    `detail`, `purpose` and `subjects` stand in it as HMAC-SHA-256 under a key drawn from the row's salt, one key for
    each, so that one may be disclosed (its value and its key) without the others. Empty ones but `detail` are left out.
    """
    if len(facts.salt) != SALT_BYTES:  # HMAC would not tell zeros behind it
        raise ValueError(f"a salt of the log has {SALT_BYTES} bytes")
    fields = {
        "uuid": str(facts.uuid),
        "at": moment(facts.at),
        "recorded_at": moment(facts.recorded_at),
        "actor": facts.actor_urn,
        "on_behalf": facts.on_behalf_urn,
        "capacity": facts.capacity,
        "action": facts.action,
        "object": facts.object_urn,
        "case": facts.case_urn,
        "outcome": facts.outcome,
        "detail": blinded(blinding(facts.salt, "detail"), facts.detail),
        "purpose": blinded(blinding(facts.salt, "purpose"), facts.purpose) if facts.purpose else "",
        "subjects": blinded(blinding(facts.salt, "subjects"), list(facts.subjects)) if facts.subjects else "",
    }
    return VERSION + orjson.dumps({key: value for key, value in fields.items() if value}, option=orjson.OPT_SORT_KEYS)


def read_leaf(data: bytes) -> dict[str, str]:
    """The fields of a leaf. Raises ValueError on anything that is not the one way to write them."""
    if data[:1] != VERSION:
        raise ValueError("a leaf of an unknown version")
    fields = json.loads(data[1:])
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise ValueError("a leaf is an object of texts")
    if VERSION + orjson.dumps(fields, option=orjson.OPT_SORT_KEYS) != data:
        raise ValueError("a leaf that is not in canonical form")
    return fields


def moment(at: datetime) -> str:
    """2026-11-21T08:00:00.000000Z: always UTC, always microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def blinding(salt: bytes, name: str) -> bytes:
    """The key under which one field is digested; telling it tells nothing of the others."""
    return hmac.digest(salt, name.encode(), "sha256")


def blinded(key: bytes, value: Any) -> str:
    """HMAC-SHA-256 of the value's canonical JSON, hexadecimal."""
    return hmac.digest(key, canonical(value), "sha256").hex()


def canonical(value: Any) -> bytes:
    """RFC 8785 JSON of texts, whole numbers up to 2^53-1, booleans, null, lists and maps. Raises ValueError otherwise.

    Fractions are refused: money is whole fen, and a fraction need not come back from the database as it went in.
    """
    try:
        if _is_plain(value) and _NUL not in (text := orjson.dumps(value, option=orjson.OPT_SORT_KEYS)):
            return text
        return orjson.dumps(_ordered(value))
    except orjson.JSONEncodeError as fault:  # half a character, or hundreds of levels
        raise ValueError(f"not a value the log can keep: {fault}") from None


def _is_plain(value: Any) -> bool:
    """A map of texts with ASCII names, as nearly all are: in the order of its names as it is written is canonical."""
    if type(value) is not dict:
        return False
    return all([type(key) is str is type(item) and key.isascii() for key, item in value.items()])


def _ordered(value: Any) -> Any:
    """The value in plain types, its keys in order: what orjson writes of it is canonical."""
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a text with a NUL character cannot be stored")
        return str.__str__(value)  # of a text of choices too
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= _SAFE_INTEGER:
        return int(value)
    if isinstance(value, dict | Mapping) and all(isinstance(key, str) for key in value):
        return {_ordered(key): _ordered(value[key]) for key in _sorted(value)}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    raise ValueError(f"not a value the log can keep: {value!r:.100}")


def _sorted(keys: Iterable[str]) -> list[str]:
    """By UTF-16 units, as RFC 8785 section 3.2.3 wants it."""
    if all(map(str.isascii, keys)):
        return sorted(keys)
    return sorted(keys, key=lambda key: key.encode("utf-16-be"))


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + data).digest()
