"""Cells of one column become what COPY takes, a batch at a time. What a value may be is said by `values.read_value`
alone; here its answers are remembered, and for what is read most (texts, identity numbers) a short way is tried first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from django.utils.translation import override

from zhengtong.kernel import identifiers
from zhengtong.security.crypto import services as crypto

from .. import rows
from ..definition.model import BOX, Definition, Field, Type
from ..geometry import box_of
from ..values import Codes, Unreadable, read_value
from .faults import Fault, make

NULL = "\\N"
MOST_REMEMBERED = 100_000
_UNUSUAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_ID_NUMBER = re.compile("[0-9]{17}[0-9X]")
_LOST_DIGITS = re.compile(r"[0-9.]+e\+1[5-9]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Checks:
    """What is asked while reading. `divisions`: why a code of a division may not be used, or None."""

    today: date
    codes: Codes
    divisions: Callable[[str], str | None]


@dataclass(slots=True)
class Read:
    """A batch's column: by name of the stored columns what COPY takes; faults and notes by place in the batch.

    `keys`: of a field that is looked up its values, of an encrypted one the blind indexes under every key of the ring.
    """

    texts: dict[str, list[str]]
    faults: dict[int, Fault] = field(default_factory=dict)
    notes: dict[int, Fault] = field(default_factory=dict)
    keys: list[list[Any]] = field(default_factory=list)


class Column:
    """Reads the cells of one field."""

    def __init__(self, definition: Definition, one: Field, checks: Checks) -> None:
        self._one, self._checks = one, checks
        self._known: dict[str | None, str] = {}
        self._bad: dict[str | None, Fault] = {}
        self._is_key = one.name in definition.keys[0]
        self._context = rows.index_context(definition, one) if one.is_encrypted else ""
        self._quick = {Type.TEXT: self._text, Type.ID_NUMBER: self._id_number}.get(one.type)
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
                found[place] = self._first_met(cells[place], place, read)
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

    def _id_number(self, cell: str) -> str | None:
        if not _ID_NUMBER.fullmatch(cell):
            return None
        return cell if identifiers.check_id_number(cell, today=self._checks.today) is None else None

    # -- the long way ------------------------------------------------------------------------------------------------
    def _slowly(self, cell: str | None) -> str | Fault:
        one, checks = self._one, self._checks
        try:
            with override("zh-hans"):
                value = read_value(one, cell, today=checks.today, codes=checks.codes)
        except Unreadable as fault:
            return self._fault(cell, fault)
        if one.type is Type.DIVISION and value and (why := checks.divisions(value)):
            return make(why, one.name, division=value)
        return self._stored(value)

    def _fault(self, cell: str | None, fault: Unreadable) -> Fault:
        one, text = self._one, identifiers.normalise(cell or "")
        if one.type is Type.ID_NUMBER and len(text) == 15 and text.isascii() and text.isdigit():
            return make("id-15", one.name, number=identifiers.id_15_to_18(text))
        if one.type in (Type.ID_NUMBER, Type.USCC, Type.PHONE) and _LOST_DIGITS.fullmatch(text):
            return make("number-lost-digits", one.name)
        with override("en"):
            try:
                read_value(one, cell, today=self._checks.today, codes=self._checks.codes)
            except Unreadable as same:
                return Fault(fault.code, one.name, str(fault), str(same))
        raise AssertionError("a value is readable in one language only")

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
        indexes = [text and indexers[0](text) for text in clear]
        if self._is_key:
            read.keys = [indexes, *([text and other(text) for text in clear] for other in indexers[1:])]
        return {
            self._one.name: [NULL if text is None else f"\\\\x{seal(text).hex()}" for text in clear],
            self._one.index_column: [NULL if index is None else f"\\\\x{index.hex()}" for index in indexes],
        }


_PLAIN = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def plain(text: str) -> str:
    """What a text for COPY stands for."""
    return re.sub(r"\\[\\tnr]", lambda found: _PLAIN[found[0]], text) if "\\" in text else text
