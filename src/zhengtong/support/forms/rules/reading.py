"""From a posted form to values: what people type, understood kindly. Pure; code tables are asked by the caller."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Protocol

from zhengtong.kernel.identifiers import normalise

from .form import CONTROLS, DISPUTES, TYPED, Field, Kind, Widget

MAX_NOTE = 500  # characters of a dispute
MAX_TYPED = 20_000  # characters of one box that are read at all; its own limit is told by the check
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TRUE, _FALSE = {"on", "true", "1", "yes"}, {"false", "0", "no", "off"}


class Posted(Protocol):
    """Django's QueryDict, or anything like it."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def getlist(self, key: str) -> list[str]: ...
    def __contains__(self, key: object) -> bool: ...


def read_field(field: Field, posted: Posted) -> tuple[Any, str]:
    """(value, typed): the value understood, or None and what was typed where it could not be."""
    if field.kind is Kind.BOOLEAN:
        return _boolean(field, posted), ""
    if field.kind is Kind.CHOICES:
        return [clean(item) for item in posted.getlist(field.name) if item], ""
    raw = posted.get(field.name, "")
    text = clean(raw[:MAX_TYPED] if isinstance(raw, str) else "")
    if not text:
        return None, ""
    if field.kind in (Kind.INTEGER, Kind.NUMBER):
        number = to_number(text, whole=field.kind is Kind.INTEGER)
        return (None, text) if number is None else (number, "")
    return _formatted(field, text), ""


def read_note(field: Field, posted: Posted) -> str:
    """What the applicant says against a prefilled value."""
    note = posted.get(f"{field.name}.dispute", "")
    return clean(note if isinstance(note, str) else "")[:MAX_NOTE]


def clean(text: str) -> str:
    """Without control characters, with one kind of line end, trimmed."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def to_number(text: str, *, whole: bool) -> int | float | None:
    """`１２０`, `1,200` and `120.50` are numbers; None for anything else."""
    plain = re.sub(r"(?<=\d)[,，\s](?=\d{3}(?!\d))", "", unicodedata.normalize("NFKC", text))
    if not re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,9})?", plain, re.ASCII):
        return None
    value = float(plain)
    if whole:
        return int(plain.partition(".")[0]) if value.is_integer() else None
    return value if math.isfinite(value) and not value.is_integer() else int(value)


def to_date(text: str) -> str:
    """2026/11/21 and 2026年11月21日 as 2026-11-21; what is no date stays, for the check to say so."""
    if match := _DATE.fullmatch(unicodedata.normalize("NFKC", text)):
        year, month, day = match.groups()
        return f"{year}-{int(month):02d}-{int(day):02d}"
    return text


def without_controls(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in CONTROLS}


def set_control(data: dict[str, Any], control: str, name: str, text: str) -> None:
    """Put or clear a note about one field; an empty map of notes is dropped."""
    notes = {key: value for key, value in (data.get(control) or {}).items() if key != name}
    if text:
        notes[name] = text
    data.pop(control, None)
    if notes:
        data[control] = notes


def note(data: Mapping[str, Any], control: str, name: str) -> str:
    notes = data.get(control)
    text = notes.get(name, "") if isinstance(notes, Mapping) else ""
    return text if isinstance(text, str) else ""


def _boolean(field: Field, posted: Posted) -> bool | None:
    given = str(posted.get(field.name, "")).lower()
    if field.widget is Widget.CHECKBOX:
        return given in _TRUE
    return True if given in _TRUE else False if given in _FALSE else None


def _formatted(field: Field, text: str) -> str:
    match field.format:
        case "uscc" | "cn-id":
            return normalise(text)
        case "cn-mobile":
            return re.sub(r"^(\+?86)(?=1\d{10}$)", "", normalise(text).replace("-", ""))
        case "date":
            return to_date(text)
    return text if field.widget is Widget.TEXTAREA else " ".join(text.split())


__all__ = ["DISPUTES", "TYPED", "clean", "note", "read_field", "read_note", "set_control", "to_date", "to_number",
           "without_controls"]  # fmt: skip
