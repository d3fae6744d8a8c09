"""What a credential is made of. Pure functions on plain values."""

from __future__ import annotations

import base64
import calendar
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import rfc8785
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.texts import Texts

Value = str | int | float | bool
LEAST_ASSURANCE = 2  # the holder's identity document was seen
HOLDER_KINDS = [("person", _("自然人")), ("legal_entity", _("法人或其他组织")), ("any", _("不限"))]
CODE_BYTES = 10  # 80 bits: cannot be guessed, can be typed
PAYLOAD_VERSION = 1


class State(StrEnum):
    """What a credential is worth on a day."""

    VALID = "valid"
    NOT_YET = "not-yet"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    ANNULLED = "annulled"
    CANCELLED = "cancelled"


STATE_TEXTS: dict[State, Texts] = {
    State.VALID: {"zh": "有效", "en": "Valid"},
    State.NOT_YET: {"zh": "尚未生效", "en": "Not yet in force"},
    State.EXPIRED: {"zh": "已过期", "en": "Expired"},
    State.SUPERSEDED: {"zh": "已换发新证", "en": "Replaced by a newer version"},
    State.REVOKED: {"zh": "已吊销", "en": "Revoked"},
    State.ANNULLED: {"zh": "已撤销", "en": "Annulled"},
    State.CANCELLED: {"zh": "已注销", "en": "Cancelled"},
}


def state_on(status: str, valid_from: date, valid_to: date | None, day: date) -> State:
    """An authority's act comes before the date; the last day of validity still counts."""
    if status != "valid":
        return State(status)
    if day < valid_from:
        return State.NOT_YET
    return State.EXPIRED if valid_to and day > valid_to else State.VALID


def last_day(first: date, months: int | None) -> date | None:
    """Sixty months from 2026-11-21 end on 2031-11-20; None: unlimited. The 31st falls back to the month's last day."""
    if months is None:
        return None
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = min(first.day, calendar.monthrange(year, month + 1)[1])
    ends = date(year, month + 1, day)
    return date.fromordinal(ends.toordinal() - (1 if ends.day == first.day else 0))


# -- verification code ------------------------------------------------------------------------------------------------
def make_code(random: bytes) -> str:
    """16 letters and digits (base32, so neither 0 nor 1) of 10 random bytes."""
    return base64.b32encode(random).decode()


def print_code(code: str) -> str:
    """K7QX2ABCDEFGHIJK → K7QX-2ABC-DEFG-HIJK."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read_code(text: str) -> str:
    """A code as people type it: any case, with or without hyphens; 0, 1 and 8 stand for O, I and B."""
    kept = "".join(char for char in text.upper() if char.isascii() and char.isalnum())
    return kept.translate(str.maketrans("018", "OIB"))


# -- identifier -------------------------------------------------------------------------------------------------------
def serial_of(division: str, year: int, number: int) -> str:
    """顺序号 of twenty places: year, division, running number."""
    return f"{year:04d}{division:0>6}{number:010d}"


def default_number(type_code: str, division: str, year: int, number: int) -> str:
    """证照编号 where the type has none of its own: its serial, division, year, running number. Unique across types."""
    return f"{type_code[-3:]}{division}{year:04d}{number:06d}"


# -- what it says -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DataFault:
    """A field that the layout does not know, or whose value cannot be printed."""

    key: str
    is_unknown: bool


def read_data(fields: Sequence[Mapping[str, Any]], data: Mapping[str, Any]) -> tuple[dict[str, Value], list[DataFault]]:
    """The values to be signed, in the layout's order, and every fault. Empty values are left out."""
    known = [field["key"] for field in fields]
    faults = [DataFault(key, True) for key in data if key not in known]
    read: dict[str, Value] = {}
    for key in known:
        value = _plain(data.get(key))
        if isinstance(value, str | int | float | bool) and value != "" and _is_keepable(value):
            read[key] = value
        elif value not in (None, ""):
            faults.append(DataFault(key, False))
    return read, faults


def _is_keepable(value: Value) -> bool:
    """RFC 8785 keeps no infinity and no whole number beyond 2^53."""
    return isinstance(value, str | bool) or (math.isfinite(value) and abs(value) < 2**53)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return "、".join(value)
    return value.strip() if isinstance(value, str) else value


def canonical(payload: Mapping[str, Any]) -> str:
    """RFC 8785 JSON: the bytes that are signed, as text."""
    return rfc8785.dumps(dict(payload)).decode()


def layout_digest(title: Texts, fields: Sequence[Mapping[str, Any]], template: str) -> str:
    """What a layout is named by: SHA-256 over its title, its fields and its template."""
    facts = {"title": dict(title), "fields": [{"key": f["key"], "title": dict(f["title"])} for f in fields]}
    return hashlib.sha256((canonical(facts) + template).encode()).hexdigest()


def read_payload(text: str) -> dict[str, Any]:
    return json.loads(text)


def disagreements(payload: Mapping[str, Any], columns: Mapping[str, Any]) -> list[str]:
    """Names of columns that do not repeat what was signed: somebody wrote in the table."""
    said = {
        **payload,
        "holder": payload["holder"]["urn"],
        "holder_name": payload["holder"]["name"],
        "issuer": payload["issuer"]["uuid"],
    }
    return [name for name, value in columns.items() if said.get(name) != value]
