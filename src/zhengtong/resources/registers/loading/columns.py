"""Cells of one column become what COPY takes, a batch at a time. What a value may be is said by `values.read_value`
alone; here its answers are remembered, and for what is read most (texts, identity numbers) a short way is tried first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import orjson
from django.utils.translation import override

from zhengtong.kernel import identifiers
from zhengtong.security.crypto import services as crypto

from .. import rows
from ..definition.model import BOX, Definition, Field, Type
from ..geometry import box_of
from ..places import Places
from ..values import Codes, Unreadable, read_value
from .faults import Fault, make

NULL = "\\N"
FORMER = "_former"  # behind the name of an encrypted field: blind indexes under former keys
MOST_REMEMBERED = 50_000  # of a column: some twenty columns are remembered at once
_UNUSUAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_ID_NUMBER = re.compile("[0-9]{17}[0-9X]")
_MOBILE = re.compile("1[3-9][0-9]{9}")
_CHECKS = "10X98765432"
_LOST_DIGITS = re.compile(r"[0-9.]+e\+1[5-9]", re.IGNORECASE)


@lru_cache(MOST_REMEMBERED)
def _weighed(digits: str, place: int) -> int:
    """The part of digits in the check sum of GB 11643: a digit weighs 2 to the power of its place, from the right."""
    return sum(int(digit) * pow(2, place - n, 11) for n, digit in enumerate(digits))


@lru_cache(MOST_REMEMBERED)
def _is_day(digits: str, today: date) -> bool:
    try:
        return date(1850, 1, 1) <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) <= today
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Checks:
    """What is asked while reading."""

    today: date
    codes: Codes
    places: Places


@dataclass(slots=True)
class Read:
    """A batch's column: by name of the stored columns what COPY takes; faults and notes by place in the batch.

    `keys`: of a field that is looked up its values, of an encrypted one the blind indexes under every key of the ring.
    `clear`: what is stored encrypted, as read; in memory only.
    """

    texts: dict[str, list[str]]
    faults: dict[int, Fault] = field(default_factory=dict)
    notes: dict[int, Fault] = field(default_factory=dict)
    keys: list[list[Any]] = field(default_factory=list)
    clear: list[str | None] = field(default_factory=list)


class Column:
    """Reads the cells of one field."""

    def __init__(self, definition: Definition, one: Field, checks: Checks) -> None:
        self._one, self._checks = one, checks
        self._known: dict[str | None, str] = {}
        self._bad: dict[str | None, Fault] = {}
        self._is_key = one.name in definition.keys[0]
        self._context = rows.index_context(definition, one) if one.is_encrypted else ""
        self._quick = {Type.TEXT: self._text, Type.PHONE: self._mobile, Type.ID_NUMBER: self._id_number}.get(one.type)
        self._refresh: tuple[Any, list[Any]] | None = None

    def prepare(self) -> None:
        """Look up the keys anew, before a batch and by the thread that may ask the database."""
        if self._one.is_encrypted:
            self._refresh = crypto.encrypter(), crypto.blind_indexers(self._context)

    def read(self, cells: Sequence[str | None]) -> Read:
        known = self._known
        if len(known) > MOST_REMEMBERED:
            known.clear()
            self._bad.clear()
        found = [known.get(cell) for cell in cells]
        read = Read({})
        for place, text in enumerate(found):
            if text is None:
                cell = cells[place]  # met a moment ago, in this batch?
                found[place] = known.get(cell) or self._first_met(cell, place, read)
        if self._one.type is Type.ID_NUMBER:
            self._note(cells, found, read)
        read.texts = self._columns([text or NULL for text in found], read)
        return read

    def _first_met(self, cell: str | None, place: int, read: Read) -> str:
        if (fault := self._bad.get(cell)) is None:
            text = (self._quick and cell and self._quick(cell)) or self._slowly(cell)
            if isinstance(text, str):
                self._known[cell] = text
                return text
            fault = self._bad[cell] = text
        read.faults[place] = fault
        return NULL

    # -- the short ways: None where the long one has to say ----------------------------------------------------------
    def _text(self, cell: str) -> str | None:
        text = cell.strip()
        fits = text and not (self._one.length and len(text) > self._one.length)
        return text if fits and text.isprintable() and "\\" not in text else None

    def _mobile(self, cell: str) -> str | None:
        return cell if _MOBILE.fullmatch(cell) else None

    def _id_number(self, cell: str) -> str | None:
        if not _ID_NUMBER.fullmatch(cell) or not _is_day(cell[6:14], self._checks.today):
            return None
        if not self._checks.places.is_area(cell[:6]):
            return None
        total = _weighed(cell[:6], 17) + _weighed(cell[6:14], 11) + _weighed(cell[14:17], 3)
        return cell if _CHECKS[total % 11] == cell[17] else None

    # -- the long way ------------------------------------------------------------------------------------------------
    def _slowly(self, cell: str | None) -> str | Fault:
        one, checks = self._one, self._checks
        try:
            value = read_value(one, cell, today=checks.today, codes=checks.codes, places=checks.places)
        except Unreadable:
            return self._fault(cell)
        return self._stored(value)

    def _fault(self, cell: str | None) -> Fault:
        one, text = self._one, identifiers.normalise(cell or "")
        if one.type is Type.ID_NUMBER and len(text) == 15 and text.isascii() and text.isdigit():
            return make("id-15", one.name, number=identifiers.id_15_to_18(text))
        if one.type in (Type.ID_NUMBER, Type.USCC, Type.PHONE) and _LOST_DIGITS.fullmatch(text):
            return make("number-lost-digits", one.name)
        zh, en = (self._said(cell, language) for language in ("zh-hans", "en"))
        return Fault(zh.code, one.name, str(zh), str(en))

    def _said(self, cell: str | None, language: str) -> Unreadable:
        checks = self._checks
        with override(language):
            try:
                read_value(self._one, cell, today=checks.today, codes=checks.codes, places=checks.places)
            except Unreadable as fault:
                return fault
        raise AssertionError("a value that could not be read can be read")

    def _stored(self, value: Any) -> str:
        if value is None:
            return NULL
        if self._one.type is Type.GEOMETRY:
            return orjson.dumps(value).decode().translate(_UNUSUAL)
        if isinstance(value, bool):
            return "t" if value else "f"
        return str(value).translate(_UNUSUAL)

    def _note(self, cells: Sequence[str | None], texts: Sequence[str | None], read: Read) -> None:
        for place, cell in enumerate(cells):
            if cell and texts[place] is not cell and "x" in cell and place not in read.faults:
                read.notes[place] = make("lower-case-x", self._one.name)

    # -- what is stored ----------------------------------------------------------------------------------------------
    def _columns(self, texts: list[str], read: Read) -> dict[str, list[str]]:
        one = self._one
        if one.is_encrypted:
            return self._sealed(texts, read)
        if self._is_key:
            read.keys = [[None if text == NULL else plain(text) for text in texts]]
        if one.type is Type.GEOMETRY:
            boxes = [box_of(orjson.loads(plain(text))) if text != NULL else (NULL,) * 4 for text in texts]
            sides = zip(*boxes, strict=True) if boxes else [[]] * 4
            return {one.name: texts} | {
                f"{one.name}_{side}": [str(v) for v in values] for side, values in zip(BOX, sides, strict=True)
            }
        return {one.name: texts}

    def _sealed(self, texts: list[str], read: Read) -> dict[str, list[str]]:
        assert self._refresh, "prepare() comes first"
        seal, indexers = self._refresh
        clear = [None if text == NULL else plain(text) if "\\" in text else text for text in texts]
        read.clear = clear
        indexes = [None if text is None else indexers[0](text) for text in clear]
        if self._is_key:
            read.keys = [
                indexes,
                *([None if text is None else other(text) for text in clear] for other in indexers[1:]),
            ]
        return {
            self._one.name: [NULL if text is None else f"\\\\x{seal(text).hex()}" for text in clear],
            self._one.index_column: [NULL if index is None else f"\\\\x{index.hex()}" for index in indexes],
            f"{self._one.name}{FORMER}": self._former(clear, indexers[1:]),
        }

    @staticmethod
    def _former(clear: Sequence[str | None], indexers: Sequence[Any]) -> list[str]:
        """What the index of a record written before a rotation may be: not stored, for comparing only."""
        if not indexers:
            return ["{}"] * len(clear)
        found = [[] if text is None else [code(text).hex() for code in indexers] for text in clear]
        return ["{" + ",".join(f'"\\\\\\\\x{one}"' for one in many) + "}" for many in found]


def as_copied(part: str | bytes) -> str:
    """A part of a key as COPY takes it."""
    return f"\\\\x{part.hex()}" if isinstance(part, bytes) else part.translate(_UNUSUAL)


_PLAIN = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def plain(text: str) -> str:
    """What a text for COPY stands for."""
    return re.sub(r"\\[\\tnr]", lambda found: _PLAIN[found[0]], text) if "\\" in text else text
