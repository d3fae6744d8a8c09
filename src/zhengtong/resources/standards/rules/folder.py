"""A folder with one edition of a table, and perhaps data elements: read whole, every fault listed at once.

edition.yaml: table, version, valid_from, source, verified; for a table the node does not know also title and standard.
items.csv: code, name and, as needed, name_en, parent_code, level, verified, valid_to.
changes.csv: from_code, to_code (empty: abolished), kind, source. elements.yaml: theme and elements.
Texts are UTF-8 or GB18030.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from .elements import Element, ElementFault, read_element
from .faults import TableFault
from .tables import Change, Edition, Row, row_faults

LARGEST = 50 * 1024 * 1024
HEAD = {"table", "version", "valid_from", "source", "verified", "title", "standard"}
ITEM_COLUMNS = ("code", "name", "name_en", "parent_code", "level", "verified", "valid_to")
CHANGE_COLUMNS = ("from_code", "to_code", "kind", "source")
KINDS = ("recoded", "renamed", "merged", "split", "abolished")
LENGTHS = {"code": 20, "parent_code": 20, "name": 100, "name_en": 150}


@dataclass
class Reading:
    """What a folder holds. `edition` is None where its head or its rows cannot be understood."""

    folder: Path
    table: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    standard: str = ""
    edition: Edition | None = None
    changes: tuple[Change, ...] = ()
    elements: tuple[Element, ...] = ()
    faults: list[TableFault] = field(default_factory=list)
    element_faults: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return not self.faults and not self.element_faults

    def blame(self, code: str, subject: str = "", detail: str = "", *, file: str, line: int = 0) -> None:
        self.faults.append(TableFault(code, subject, detail, line, file))

    def text(self, name: str) -> str | None:
        """The file's text, or None with the fault noted."""
        path = self.folder / name
        try:
            if path.stat().st_size > LARGEST:
                self.blame("too_large", name, "50 MB", file=name)
                return None
            content = path.read_bytes()
        except OSError as fault:
            self.blame("unreadable", name, str(fault.strerror or fault), file=name)
            return None
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            self.encodings[name] = "UTF-8" if encoding.startswith("utf") else "GB18030"
            return text
        self.blame("encoding", name, file=name)
        return None


def read_folder(folder: Path) -> Reading:
    """Everything in the folder with everything that is wrong with it by itself."""
    reading = Reading(folder)
    has_edition = any((folder / name).exists() for name in ("edition.yaml", "items.csv", "changes.csv"))
    has_elements = (folder / "elements.yaml").exists()
    if has_edition or not has_elements:
        _read_edition(reading)
    if has_elements:
        _read_elements(reading)
    return reading


def _read_edition(reading: Reading) -> None:
    for name in ("edition.yaml", "items.csv"):
        if not (reading.folder / name).is_file():
            reading.blame("missing_file", name, file=name)
    if reading.faults:
        return
    head, rows = _head(reading), tuple(_rows(reading))
    if not rows and not reading.faults:
        reading.blame("no_rows", "items.csv", file="items.csv")
    for fault in row_faults(rows):
        reading.blame(fault.code, fault.subject, fault.detail, file="items.csv")
    if head is None:
        return
    levels = _levels(rows)
    rows = tuple(row if row.level else _with_level(row, levels[row.code]) for row in rows)
    reading.edition = Edition(head["version"], head["valid_from"], rows, head["source"], head["verified"])
    if (reading.folder / "changes.csv").exists():
        reading.changes = tuple(_changes(reading, head["valid_from"]))


# -- the head ---------------------------------------------------------------------------------------------------------
def _yaml(reading: Reading, name: str) -> Mapping[str, Any] | None:
    text = reading.text(name)
    if text is None:
        return None
    try:
        head = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        mark = getattr(fault, "problem_mark", None)
        reading.blame("unreadable", name, "YAML", file=name, line=mark.line + 1 if mark else 0)
        return None
    if not isinstance(head, Mapping):
        reading.blame("unreadable", name, "YAML", file=name)
        return None
    return head


def _head(reading: Reading) -> dict[str, Any] | None:
    name, before = "edition.yaml", len(reading.faults)
    head = _yaml(reading, name)
    if head is None:
        return None
    for key in sorted(str(key) for key in set(head) - HEAD):
        reading.blame("unknown_head", key, ", ".join(sorted(HEAD)), file=name)
    for key, remedy in (("table", "gbt2260"), ("version", '"2024"'), ("valid_from", "2024-12-31"), ("source", "…")):
        if head.get(key) in (None, ""):
            reading.blame("missing_head", key, remedy, file=name)
        elif key != "valid_from" and not (isinstance(head[key], str | int) and len(str(head[key])) <= _longest(key)):
            reading.blame("bad_value", key, f"≤ {_longest(key)}", file=name)
    day = head.get("valid_from")
    if day not in (None, "") and (not isinstance(day, date) or isinstance(day, datetime)):
        reading.blame("bad_value", "valid_from", "2024-12-31", file=name)
    if not isinstance(head.get("verified", False), bool):
        reading.blame("bad_value", "verified", "true / false", file=name)
    _read_title(reading, head)
    if len(reading.faults) > before:
        return None
    reading.table = str(head["table"])
    return {
        "version": str(head["version"]), "valid_from": day, "source": str(head["source"]),
        "verified": head.get("verified", False),
    }  # fmt: skip


def _longest(key: str) -> int:
    return {"table": 50, "version": 30}.get(key, 2000)


def _read_title(reading: Reading, head: Mapping[str, Any]) -> None:
    title, standard = head.get("title", {}), head.get("standard", "")
    if title and not (isinstance(title, Mapping) and all(isinstance(title.get(x), str) for x in ("zh", "en"))):
        reading.blame("bad_value", "title", "{zh: …, en: …}", file="edition.yaml")
    elif not isinstance(standard, str) or len(standard) > 50:
        reading.blame("bad_value", "standard", "≤ 50", file="edition.yaml")
    else:
        reading.title, reading.standard = title, standard


# -- lines of a table -------------------------------------------------------------------------------------------------
def _lines(reading: Reading, name: str, known: tuple[str, ...], needed: tuple[str, ...]) -> Iterator[tuple[int, dict]]:
    """(line number, {column: value}) of the lines that have as many cells as the head."""
    text = reading.text(name)
    if text is None:
        return
    source = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [column.strip() for column in next(source, [])]
        if not _has_columns(reading, name, columns, known, needed):
            return
        for cells in source:
            if cells and len(cells) != len(columns):
                reading.blame("row_width", str(len(cells)), str(len(columns)), file=name, line=source.line_num)
            elif cells:
                line = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
                yield source.line_num, {key: value for key, value in line.items() if key in known}
    except csv.Error as fault:
        reading.blame("unreadable", name, str(fault), file=name, line=source.line_num)


def _has_columns(
    reading: Reading, name: str, columns: list[str], known: tuple[str, ...], needed: tuple[str, ...]
) -> bool:
    for column in needed:
        if column not in columns:
            reading.blame("missing_column", column, ", ".join(needed), file=name, line=1)
    for column in columns:
        if column not in known or columns.count(column) > 1:
            reading.blame("unknown_column", column, ", ".join(known), file=name, line=1)
    return set(needed) <= set(columns)


def _rows(reading: Reading) -> Iterator[Row]:
    """`level` 0 where the file does not say it."""
    file = "items.csv"
    for number, line in _lines(reading, file, ITEM_COLUMNS, ("code", "name")):
        faults = list(_line_faults(line))
        for code, subject, detail in faults:
            reading.blame(code, subject, detail, file=file, line=number)
        if not faults:
            yield Row(
                line["code"], line["name"], line.get("name_en", ""), line.get("parent_code", ""),
                int(line.get("level") or 0), (line.get("verified") or "1") == "1",
                date.fromisoformat(line["valid_to"]) if line.get("valid_to") else None,
            )  # fmt: skip


def _line_faults(line: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    if not line["code"] or not line["name"]:
        yield "empty_code", "", ""
    for column, most in LENGTHS.items():
        value = line.get(column, "")
        if len(value) > most:
            yield "too_long", column, str(most)
        if not value.isprintable():
            yield "control_character", column, ""
    if line.get("verified") not in (None, "", "0", "1"):
        yield "bad_value", "verified", "0 / 1"
    level = line.get("level") or "1"
    if not (level.isascii() and level.isdigit() and 1 <= int(level[:3]) <= 20):
        yield "bad_value", "level", "1 – 20"
    try:
        date.fromisoformat(line.get("valid_to") or "2000-01-01")
    except ValueError:
        yield "bad_value", "valid_to", "2024-12-31"


def _levels(rows: tuple[Row, ...]) -> dict[str, int]:
    """Depth below the top; a faulty circle ends where it began."""
    parents = {row.code: row.parent_code for row in rows}
    depths: dict[str, int] = {}
    for code in parents:
        path, here = [], code
        while here in parents and here not in depths and here not in path:
            path.append(here)
            here = parents[here]
        start = depths.get(here, 0)
        depths |= {step: start + number for number, step in enumerate(reversed(path), 1)}
    return depths


def _with_level(row: Row, level: int) -> Row:
    return Row(row.code, row.name, row.name_en, row.parent_code, min(level, 20), row.is_verified, row.valid_to)


def _changes(reading: Reading, day: date) -> Iterator[Change]:
    file, seen = "changes.csv", set()
    for number, line in _lines(reading, file, CHANGE_COLUMNS, ("from_code", "to_code", "kind")):
        pair = (line["from_code"], line["to_code"])
        if line["kind"] not in KINDS or (line["kind"] == "abolished") != (not line["to_code"]):
            reading.blame("change_kind", line["kind"], ", ".join(KINDS), file=file, line=number)
        elif pair in seen:
            reading.blame("duplicate_code", " → ".join(pair), file=file, line=number)
        else:
            seen.add(pair)
            yield Change(*pair, day, line["kind"], line.get("source", ""))


# -- data elements ----------------------------------------------------------------------------------------------------
def _read_elements(reading: Reading) -> None:
    content = _yaml(reading, "elements.yaml")
    if content is None:
        return
    try:
        reading.elements = read_elements(content)
    except ElementFault as fault:
        reading.element_faults = list(fault.faults)


def read_elements(content: Mapping[str, Any]) -> tuple[Element, ...]:
    """The elements of one file. Raises ElementFault with the faults of all of them."""
    entries, theme = content.get("elements"), content.get("theme")
    if not isinstance(entries, list) or not isinstance(theme, str) or not all(isinstance(x, Mapping) for x in entries):
        raise ElementFault([("elements.yaml", {"zh": "须写明 theme 与 elements。", "en": "needs theme and elements."})])
    found, faults, seen = [], [], set()
    for entry in entries:
        try:
            element = read_element(entry, theme=theme)
        except ElementFault as fault:
            faults += fault.faults
            continue
        key = (element.identifier, element.version)
        if key in seen:
            faults.append((element.identifier, {"zh": "同一版本出现多次。", "en": "this version stands twice."}))
        seen.add(key)
        found.append(element)
    if faults:
        raise ElementFault(faults)
    return tuple(found)
