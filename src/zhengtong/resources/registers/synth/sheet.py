"""A page of a register being spoilt: edits, added rows, and the truth about each, with the rows where they ended up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth.draws import Whole

TRUTH_SCHEMA = {
    "register": pl.String, "row": pl.Int64, "record": pl.String, "kind": pl.String, "field": pl.String,
    "written": pl.String, "right": pl.String, "partner": pl.String, "partner_row": pl.Int64,
}  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Note:
    """`place`: a row of the page, or -1 - n for the n-th added one. `partner`: such a place, or the key of a
    record elsewhere.
    """

    place: int
    kind: str
    field: str
    right: str
    partner: int | str | None


@dataclass
class Sheet:
    """`start` is the number of rows of this register written before this page; rows count from 1."""

    register: str
    key: str
    frame: pl.DataFrame
    start: int = 0
    _edits: dict[str, dict[int, Any]] = field(default_factory=dict)
    _added: list[tuple[float, Row]] = field(default_factory=list)
    _notes: list[_Note] = field(default_factory=list)

    def read(self, place: int) -> Row:
        return self._added[-1 - place][1] if place < 0 else self.frame.row(place, named=True)

    def write(self, place: int, **values: Any) -> None:
        for column, value in values.items():
            self._edits.setdefault(column, {})[place] = value

    def add(self, after: int, row: Row) -> int:
        """Add a row behind row `after`; gives its place."""
        self._added.append((after + 0.5, row))
        return -len(self._added)

    def note(self, place: int, kind: str, name: str, right: Any = "", partner: int | str | None = None) -> None:
        """Say what is wrong there: field, right value (empty where none is known), partner."""
        self._notes.append(_Note(place, kind, name, "" if right is None else str(right), partner))

    def edited(self) -> pl.DataFrame:
        """The page with its edits, before the added rows are put in."""
        columns = []
        for name, edits in self._edits.items():
            column = self.frame[name].clone()
            columns.append(column.scatter(list(edits), list(edits.values())))
        return self.frame.with_columns(columns)

    def finish(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The page as it is to be written, and its truth."""
        frame, places = self._merged()
        notes = [self._told(note, frame, places) for note in self._notes]
        notes.sort(key=lambda told: (told["row"], told["kind"], told["field"]))
        return frame, pl.DataFrame(notes, schema=TRUTH_SCHEMA)

    def _merged(self) -> tuple[pl.DataFrame, Whole]:
        """Rows in their order; where each went: first the page's own, then the added ones from the last to the first.

        So place -1, the first added row, is the last of the array, as Python counts.
        """
        frame = self.edited()
        if not self._added:
            return frame, np.arange(len(frame))
        added = self._added[::-1]
        extra = pl.DataFrame([row for _, row in added], schema=frame.schema)
        order = np.concatenate([np.arange(len(frame)), [after for after, _ in added]])
        by = np.argsort(order, kind="stable")
        return pl.concat([frame, extra])[by], np.argsort(by)

    def _told(self, note: _Note, frame: pl.DataFrame, places: Whole) -> Row:
        row, keys, written = int(places[note.place]), frame[self.key], frame[note.field]
        partner_row = int(places[note.partner]) if isinstance(note.partner, int) else None
        return {
            "register": self.register, "row": self.start + row + 1, "record": keys[row], "kind": note.kind,
            "field": note.field, "written": str(written[row]), "right": note.right,
            "partner": note.partner or "" if partner_row is None else keys[partner_row],
            "partner_row": None if partner_row is None else self.start + partner_row + 1,
        }  # fmt: skip
