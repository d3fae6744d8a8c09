"""Data elements (数据元) as read from YAML: what a field means and which values it may have.

An entry: {id, zh, en, def: {zh, en}, type, …}. After GB/T 19488.1 the name, definition, data type, representation and
value domain; the representation (an18, c..200, n..12,2, YYYY-MM-DD) is derived, so that it cannot contradict the rest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from zhengtong.kernel.identifiers import Kind as Number


class Type(StrEnum):
    TEXT = "text"
    CODE = "code"  # one of a code table, or of the values listed
    CODES = "codes"  # several of them
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    MOMENT = "moment"
    BOOLEAN = "boolean"
    GEOMETRY = "geometry"


TYPE_TEXTS: dict[Type, dict[str, str]] = {
    Type.TEXT: {"zh": "字符型", "en": "text"},
    Type.CODE: {"zh": "代码型", "en": "code"},
    Type.CODES: {"zh": "代码型（可多项）", "en": "several codes"},
    Type.INTEGER: {"zh": "整数型", "en": "integer"},
    Type.DECIMAL: {"zh": "数值型", "en": "decimal"},
    Type.DATE: {"zh": "日期型", "en": "date"},
    Type.MOMENT: {"zh": "日期时间型", "en": "date and time"},
    Type.BOOLEAN: {"zh": "布尔型", "en": "yes or no"},
    Type.GEOMETRY: {"zh": "几何型（GeoJSON）", "en": "geometry (GeoJSON)"},
}


@dataclass(frozen=True, slots=True)
class Element:
    """One version of a data element. Lengths in characters, `digits` and `scale` in decimal places, dates as ISO 8601.

    `number`: a number with a check digit (`kernel.identifiers.Kind`); `table`: the key of a code table; `values`: codes
    listed here, with their titles; `is_personal`: identifies or describes a natural person.
    """

    identifier: str
    name: Mapping[str, str]
    definition: Mapping[str, str]
    type: Type
    theme: str = ""
    version: int = 1
    status: str = "standard"
    min_length: int = 0
    max_length: int = 0
    pattern: str = ""
    example: str = ""
    number: str = ""
    table: str = ""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    digits: int = 18
    scale: int = 0
    unit: str = ""
    is_past: bool = False
    is_personal: bool = False
    leaves_only: bool = False
    charset: str = "c"
    synonyms: tuple[str, ...] = ()
    source: str = ""

    @property
    def representation(self) -> str:
        """表示格式: a letters, n digits, an both, c any characters; `..` up to; an..18 (two fixed lengths: an15|18)."""
        match self.type:
            case Type.TEXT | Type.CODE | Type.CODES:
                return _length(self.charset, self.min_length, self.max_length)
            case Type.INTEGER:
                return f"n..{self.digits}"
            case Type.DECIMAL:
                return f"n..{self.digits},{self.scale}"
            case Type.DATE:
                return "YYYY-MM-DD"
            case Type.MOMENT:
                return "YYYY-MM-DDThh:mm:ss±hh:mm"
        return "bl" if self.type is Type.BOOLEAN else "GeoJSON"

    @property
    def type_text(self) -> dict[str, str]:
        return TYPE_TEXTS[self.type]

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(as_spec(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _length(charset: str, least: int, most: int) -> str:
    if not most:
        return f"{charset}.."
    return f"{charset}{most}" if least == most else f"{charset}..{most}"


class ElementFault(ValueError):
    """An entry that cannot be read; `faults` lists all of it as (identifier, what is wrong in zh and en)."""

    def __init__(self, faults: list[tuple[str, dict[str, str]]]) -> None:
        super().__init__("; ".join(f"{identifier}: {said['en']}" for identifier, said in faults))
        self.faults = faults


_KEYS = {
    "id", "zh", "en", "def", "type", "version", "status", "length", "pattern", "example", "number", "table", "values",
    "min", "max", "digits", "scale", "unit", "past", "personal", "leaves", "charset", "synonyms", "source",
}  # fmt: skip


def read_element(entry: Mapping[str, Any], *, theme: str) -> Element:
    """`length`: 18 (just so many), "..50" (up to) or "2..50". Raises ElementFault with everything that is wrong."""
    faults = [(str(entry.get("id", "?")), said) for said in _faults(entry)]
    if faults:
        raise ElementFault(faults)
    least, most = _bounds(entry.get("length", ""))
    return Element(
        identifier=entry["id"], name={"zh": entry["zh"], "en": entry["en"]}, definition=dict(entry["def"]),
        type=Type(entry["type"]), theme=theme, version=entry.get("version", 1), status=entry.get("status", "standard"),
        min_length=least, max_length=most, pattern=entry.get("pattern", ""), example=str(entry.get("example", "")),
        number=entry.get("number", ""), table=entry.get("table", ""), values=dict(entry.get("values", {})),
        minimum=_decimal(entry.get("min")), maximum=_decimal(entry.get("max")), digits=entry.get("digits", 18),
        scale=entry.get("scale", 0), unit=entry.get("unit", ""), is_past=entry.get("past", False),
        is_personal=entry.get("personal", False), leaves_only=entry.get("leaves", False),
        charset=entry.get("charset", "c"), synonyms=tuple(entry.get("synonyms", ())), source=entry.get("source", ""),
    )  # fmt: skip


def _faults(entry: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for key in ("id", "zh", "en", "def", "type"):
        if not entry.get(key):
            yield {"zh": f"缺少 {key}。", "en": f"{key} is missing."}
    if extra := sorted(set(entry) - _KEYS):
        yield {"zh": f"不认识：{', '.join(extra)}。", "en": f"not understood: {', '.join(extra)}."}
    kind = entry.get("type")
    if kind and kind not in set(Type):
        yield {
            "zh": f"没有类型 {kind}；可用：{', '.join(Type)}。",
            "en": f"no type {kind}; there are {', '.join(Type)}.",
        }
    if kind in (Type.CODE, Type.CODES) and bool(entry.get("table")) == bool(entry.get("values")):
        yield {"zh": "代码型须写明 table 或 values 之一。", "en": "a code names either a table or its values."}
    if (number := entry.get("number")) and number not in set(Number):
        yield {"zh": f"没有号码 {number}。", "en": f"there is no number {number}."}
    if not re.fullmatch(r"(\d{1,5}|\d{0,5}\.\.\d{1,5})?", str(entry.get("length", ""))):
        yield {"zh": "length 应如 18、..50、2..50。", "en": "length looks like 18, ..50 or 2..50."}


def _bounds(length: Any) -> tuple[int, int]:
    least, _dots, most = str(length).rpartition("..")
    if not _dots:
        return int(length or 0), int(length or 0)
    return int(least or 1), int(most)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def as_spec(element: Element) -> dict[str, Any]:
    """As JSON, only what is set."""
    spec: dict[str, Any] = {
        name: getattr(element, name) for name in Element.__dataclass_fields__ if getattr(element, name) not in _EMPTY
    }
    return spec | {name: str(spec[name]) for name in ("minimum", "maximum") if name in spec} | {
        "synonyms": list(element.synonyms)
    }  # fmt: skip


_EMPTY: tuple[Any, ...] = (None, "", {}, ())


def from_spec(spec: Mapping[str, Any]) -> Element:
    """Back from `as_spec`."""
    facts = dict(spec) | {"type": Type(spec["type"]), "synonyms": tuple(spec.get("synonyms", ()))}
    return Element(**facts | {name: _decimal(spec.get(name)) for name in ("minimum", "maximum")})
