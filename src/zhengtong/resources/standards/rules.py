"""Reading the shipped code tables. Pure functions on plain values."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One code as read from a file."""

    code: str
    name: str
    name_en: str = ""
    parent_code: str = ""
    level: int = 1
    is_verified: bool = True

    @property
    def label(self) -> dict[str, str]:
        """The name as a text map; without `en` where none is known."""
        return {"zh": self.name, "en": self.name_en} if self.name_en else {"zh": self.name}


@dataclass(frozen=True, slots=True)
class Table:
    """One code table as read from a file."""

    key: str
    standard: str
    title: dict[str, str]
    provenance: str
    rows: tuple[Row, ...]

    @property
    def is_verified(self) -> bool:
        return "unverified" not in self.provenance

    @property
    def digest(self) -> str:
        """Changes when anything of the table changes."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


class FaultyTable(ValueError):
    """A shipped table contradicts itself."""


def read_small_tables(text: str) -> list[Table]:
    """The tables of `small_tables.json`: a list of {key, standard, title, provenance, items: [code, zh, en]}."""
    return [_small_table(entry) for entry in json.loads(text)]


def _small_table(entry: dict) -> Table:
    verified = "unverified" not in entry["provenance"]
    rows = tuple(Row(code, name, name_en, is_verified=verified) for code, name, name_en in entry["items"])
    return _checked(Table(entry["key"], entry["standard"], entry["title"], entry["provenance"], rows))


def read_csv_table(text: str, *, key: str, standard: str, title: dict[str, str], provenance: str) -> Table:
    """A table of a CSV with code, name, name_en and, where it has them, parent_code, level, verified (0/1)."""
    rows = tuple(
        Row(
            line["code"],
            line["name"],
            line["name_en"],
            parent_code=line.get("parent_code") or "",
            level=int(line.get("level") or 1),
            is_verified=line.get("verified", "1") == "1",
        )
        for line in csv.DictReader(io.StringIO(text))
    )
    return _checked(Table(key, standard, title, provenance, rows))


def _checked(table: Table) -> Table:
    seen: set[str] = set()
    for row in table.rows:
        if row.code in seen:
            raise FaultyTable(f"{table.key}: code {row.code} stands twice")
        if row.parent_code and row.parent_code not in seen:
            raise FaultyTable(f"{table.key}: code {row.code} stands before its parent {row.parent_code}")
        seen.add(row.code)
    return table


def leaves(rows: Iterable[Row]) -> set[str]:
    """The codes below which nothing stands: those a form may choose."""
    rows = tuple(rows)
    return {row.code for row in rows} - {row.parent_code for row in rows}
