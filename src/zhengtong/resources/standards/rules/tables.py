"""Code tables as read from files: editions of rows, and all that is wrong with them at once."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from .faults import TableFault


@dataclass(frozen=True, slots=True)
class Row:
    """One code of one edition. `valid_to`: its last day, where the edition itself announces one."""

    code: str
    name: str
    name_en: str = ""
    parent_code: str = ""
    level: int = 1
    is_verified: bool = True
    valid_to: date | None = None

    @property
    def label(self) -> dict[str, str]:
        """The name as a text map; without `en` where none is known."""
        return {"zh": self.name, "en": self.name_en} if self.name_en else {"zh": self.name}


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a code on a day. `to_code` is empty: abolished, and nothing took its place.

    Several rows of one code and day: it was split. `is_inferred`: no document at hand says so, but a rule of ours or
    memory; `source` says which.
    """

    from_code: str
    to_code: str
    on_day: date
    kind: str
    source: str = ""
    is_inferred: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a table, in force from `valid_from` until the next. None: since before anybody recorded."""

    version: str
    valid_from: date | None
    rows: tuple[Row, ...]
    source: str = ""
    is_verified: bool = True

    @property
    def starts(self) -> date:
        return self.valid_from or date.min

    @property
    def digest(self) -> str:
        """Changes when anything of the edition changes."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


@dataclass(frozen=True)
class Table:
    """A code table that ships with the product. Its rows are read when they are asked for."""

    key: str
    standard: str
    title: dict[str, str]
    provenance: str
    fingerprint: str
    read: Callable[[], tuple[tuple[Edition, ...], tuple[Change, ...]]] = field(repr=False, compare=False)

    @property
    def is_verified(self) -> bool:
        return "unverified" not in self.provenance

    @property
    def digest(self) -> str:
        """Changes when anything of the table changes."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    @cached_property
    def content(self) -> tuple[tuple[Edition, ...], tuple[Change, ...]]:
        editions, changes = self.read()
        faults = [f for edition in editions for f in row_faults(edition.rows)] + list(edition_faults(editions))
        if faults:
            raise FaultyTable(self.key, faults)
        return editions, changes

    @property
    def editions(self) -> tuple[Edition, ...]:
        return self.content[0]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Of the newest edition."""
        return self.editions[-1].rows


class FaultyTable(ValueError):
    """A shipped table contradicts itself."""

    def __init__(self, key: str, faults: list[TableFault]) -> None:
        super().__init__("; ".join(f"{key}: {fault.code} {fault.subject}" for fault in faults))
        self.faults = faults


def read_small_tables(text: str) -> list[Table]:
    """The tables of `small_tables.json`: a list of {key, standard, title, provenance, items: [code, zh, en]}."""
    return [_small_table(entry) for entry in json.loads(text)]


def _small_table(entry: dict) -> Table:
    verified = "unverified" not in entry["provenance"]
    rows = tuple(Row(code, name, name_en, is_verified=verified) for code, name, name_en in entry["items"])
    standard = entry["standard"]
    edition = Edition(version_of(standard), None, rows, entry["provenance"], verified)
    return Table(
        entry["key"], standard, entry["title"], entry["provenance"], edition.digest, lambda: ((edition,), ())
    )  # fmt: skip


def version_of(standard: str) -> str:
    """GB/T 4754-2017 → 2017; a standard named without its year → 1."""
    year = re.search(r"-(\d{4})\b", standard)
    return year.group(1) if year else "1"


def read_rows(text: str) -> tuple[Row, ...]:
    """Rows of a shipped CSV with code, name, name_en and, where it has them, parent_code, level, verified (0/1)."""
    return tuple(
        Row(
            line["code"],
            line["name"],
            line.get("name_en") or "",
            parent_code=line.get("parent_code") or "",
            level=int(line.get("level") or 1),
            is_verified=(line.get("verified") or "1") == "1",
        )
        for line in csv.DictReader(io.StringIO(text))
    )


# -- what an edition must keep ----------------------------------------------------------------------------------------
def row_faults(rows: Iterable[Row]) -> Iterator[TableFault]:
    """Codes that stand twice, parents that are missing, circles of parents: each once."""
    rows = tuple(rows)
    by_code: dict[str, Row] = {}
    for row in rows:
        if row.code in by_code:
            yield TableFault("duplicate_code", row.code)
        by_code.setdefault(row.code, row)
    for row in by_code.values():
        if row.parent_code and row.parent_code not in by_code:
            yield TableFault("unknown_parent", row.code, row.parent_code)
    yield from _circles(by_code)


def _circles(by_code: dict[str, Row]) -> Iterator[TableFault]:
    settled: set[str] = set()
    for code in by_code:
        path: dict[str, None] = {}
        here = code
        while here in by_code and here not in settled and here not in path:
            path[here] = None
            here = by_code[here].parent_code
        if here in path:
            circle = list(path)[list(path).index(here) :]
            yield TableFault("circular_parents", here, " → ".join([*circle, here]))
        settled |= set(path)


def edition_faults(editions: Iterable[Edition]) -> Iterator[TableFault]:
    """Two editions of one name, or two that begin on the same day: only one can be in force."""
    versions: set[str] = set()
    days: dict[date, str] = {}
    for edition in editions:
        if edition.version in versions:
            yield TableFault("duplicate_version", edition.version)
        elif edition.starts in days:
            yield TableFault("overlapping_editions", edition.version, days[edition.starts])
        versions.add(edition.version)
        days.setdefault(edition.starts, edition.version)


def leaves(rows: Iterable[Row]) -> set[str]:
    """The codes below which nothing stands: those a form may choose."""
    rows = tuple(rows)
    return {row.code for row in rows} - {row.parent_code for row in rows}
