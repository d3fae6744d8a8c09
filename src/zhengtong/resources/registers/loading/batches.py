"""A batch of rows as columns for COPY, with what is wrong and what is told of each row. No database is asked here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..contradictions import BIRTH, SEX, between, watched
from ..definition.model import Definition
from ..places import Places
from ..values import masked
from .columns import NULL, Column, Read
from .faults import Fault, make
from .sources import Unreadable

Cells = Sequence[str | None]


@dataclass(slots=True)
class Batch:
    """`places`: of the rows still good, in order; `texts` by stored column over all rows read as cells."""

    numbers: list[int]  # of the rows in the file
    cells: list[Cells]
    unreadable: list[tuple[int, Fault]]
    texts: dict[str, list[str]] = field(default_factory=dict)
    keys: list[list[Any]] = field(default_factory=list)  # for each key of the ring, the key of each row
    names: list[str] = field(default_factory=list)  # the masked key of each row
    faults: dict[int, list[Fault]] = field(default_factory=dict)
    notes: dict[int, list[Fault]] = field(default_factory=dict)
    flags: dict[int, list[str]] = field(default_factory=dict)  # contradictions of good rows
    lost: list[tuple[int, Cells]] = field(default_factory=list)  # what there was of unreadable rows
    is_synthetic: bool = False
    last: int = 0  # the number of the last row that was taken from the file

    @property
    def places(self) -> list[int]:
        return [place for place in range(len(self.numbers)) if place not in self.faults]

    def blame(self, place: int, fault: Fault) -> None:
        self.faults.setdefault(place, []).append(fault)

    def lines(self, places: Sequence[int], columns: Sequence[str], *also: Sequence[str]) -> str:
        """What COPY reads: the columns of these rows, after further columns given whole."""
        chosen = [*also, *([self.texts[name][place] for place in places] for name in columns)]
        return "".join(["\t".join(row) + "\n" for row in zip(*chosen, strict=True)])


class Reading:
    """Turns rows into batches for one register, given which column of the file is which field."""

    def __init__(
        self, definition: Definition, fields: Sequence[str], columns: Mapping[str, Column], places: Places
    ) -> None:
        self._definition, self._fields, self._columns, self._places = definition, fields, columns, places
        self._watched = watched(definition)
        self._key = definition.keys[0]
        self._is_plain_key = len(self._key) == 1

    def prepare(self) -> None:
        for column in self._columns.values():
            column.prepare()

    def read(self, taken: Sequence[tuple[int, list[str | None] | Unreadable]]) -> Batch:
        batch = Batch([], [], [], last=taken[-1][0])
        width = len(self._fields)
        for number, row in taken:
            if isinstance(row, Unreadable):
                batch.unreadable.append((number, row.fault))
                batch.lost.append((number, row.cells))
                continue
            batch.numbers.append(number)
            batch.cells.append(row if len(row) == width else [*row[:width], *[None] * (width - len(row))])
        by_field = dict(zip(self._fields, zip(*batch.cells, strict=True), strict=True)) if batch.cells else {}
        keys, watching = {}, {}
        for name, column in self._columns.items():
            read = column.read(by_field.get(name, ()))
            batch.texts |= read.texts
            _gather(batch, read)
            watching[name] = read.clear or batch.texts[name]
            if name in self._key:
                keys[name] = read.keys
        self._put_keys(batch, keys, by_field)
        self._find_contradictions(batch, watching)
        batch.is_synthetic = any(_says_synthetic(cell) for cell in set(by_field.get("source_note", ())))
        return batch

    def _find_contradictions(self, batch: Batch, columns: Mapping[str, Sequence[str | None]]) -> None:
        """Marks of rows that are good otherwise, with a note for each."""
        watch = self._watched
        if watch is None or watch.number not in columns:
            return
        unknown = [NULL] * len(batch.numbers)
        numbers = columns[watch.number]
        births, sexes = (columns.get(watch.others.get(flag, ""), unknown) for flag in (BIRTH, SEX))
        for place in batch.places:
            born = births[place]
            if flags := between(
                numbers[place], None if born == NULL else born, sexes[place], self._places.is_area_of
            ):  # fmt: skip
                batch.flags[place] = flags
                batch.notes.setdefault(place, []).extend(make(flag, watch.field_of(flag)) for flag in flags)

    def _put_keys(self, batch: Batch, keys: Mapping[str, list[list[Any]]], by_field: Mapping[str, Cells]) -> None:
        """The key of a row under each key of the ring; of a field that is not encrypted the same each time."""
        rings = max((len(found) for found in keys.values()), default=0)
        parts = [[keys[name][min(n, len(keys[name]) - 1)] for name in self._key] for n in range(rings)]
        batch.keys = [list(zip(*part, strict=True)) for part in parts]
        empty = [place for place, key in enumerate(batch.keys[0] if batch.keys else ()) if None in key]
        for place in empty:
            if place not in batch.faults:
                batch.blame(place, make("missing", self._key[0]))
        shown = [_masks(self._definition, name, by_field.get(name, ())) for name in self._key]
        batch.names = ["/".join(row) for row in zip(*shown, strict=True)]


def _gather(batch: Batch, read: Read) -> None:
    for place, fault in read.faults.items():
        batch.faults.setdefault(place, []).append(fault)
    for place, note in read.notes.items():
        batch.notes.setdefault(place, []).append(note)


def _masks(definition: Definition, name: str, cells: Cells) -> list[str]:
    one = definition.by_name[name]
    show: Callable[[str], str] = (lambda text: masked(one, text)) if one.mask else str
    return [show(cell[:100]) if cell else "" for cell in cells]


def _says_synthetic(cell: str | None) -> bool:
    return bool(cell) and ("合成数据" in str(cell) or "synthetic" in str(cell).lower())


def duplicates(batch: Batch) -> list[int]:
    """Places of good rows whose key an earlier good row of the batch has."""
    met: set[Any] = set()
    again = []
    keys = batch.keys[0] if batch.keys else []
    for place in batch.places:
        if keys[place] in met:
            again.append(place)
        met.add(keys[place])
    return again
