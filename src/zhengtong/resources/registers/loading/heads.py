"""Which column of a file is which field: pure. A head may stand below title rows, and take two merged rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..definition.model import Definition

Cells = Sequence[str | None]
LOOKED_AT = 20  # rows among which the head is looked for


@dataclass(frozen=True, slots=True)
class Head:
    """`fields`: for each column its field, or "" where the register has none. `rows`: up to and with the head."""

    fields: tuple[str, ...]
    titles: tuple[str, ...]
    rows: int

    @property
    def ignored(self) -> tuple[str, ...]:
        return tuple(title for title, name in zip(self.titles, self.fields, strict=True) if title and not name)

    @property
    def repeated(self) -> frozenset[str]:
        """Fields that more than one column names."""
        return frozenset(name for name in self.fields if name and self.fields.count(name) > 1)


def find_head(definition: Definition, rows: Sequence[Cells], mapping: Mapping[str, str]) -> Head | None:
    """The row (or two rows, where cells are merged) that names the most fields, the key's among them."""
    names = _names(definition, mapping)
    found = []
    for number, row in enumerate(rows[:LOOKED_AT]):
        found.append(_head(row, names, number + 1))
        if number + 1 < len(rows):
            found.append(_head(_merged(row, rows[number + 1]), names, number + 2))
    key = set(definition.keys[0])
    usable = [head for head in found if key <= set(head.fields)]
    return max(usable, key=lambda head: (sum(map(bool, head.fields)), -head.rows), default=None)


def _names(definition: Definition, mapping: Mapping[str, str]) -> dict[str, str]:
    names = {}
    for one in definition.fields:
        for name in (*one.label.values(), one.name):
            names[_plain(name)] = one.name
    return names | {_plain(column): name for column, name in mapping.items()}


def _plain(title: str | None) -> str:
    return "".join((title or "").replace("\ufeff", "").replace("*", "").replace("＊", "").split()).casefold()


def _head(row: Cells, names: Mapping[str, str], rows: int) -> Head:
    return Head(tuple(names.get(_plain(c), "") for c in row), tuple((c or "").strip() for c in row), rows)


def _merged(upper: Cells, lower: Cells) -> list[str | None]:
    """A head of two rows: a cell merged downwards stands in the upper one, the parts of a wide one in the lower."""
    width = max(len(upper), len(lower))
    above, below = ([*row, *[None] * (width - len(row))] for row in (upper, lower))
    return [b if _plain(b) else a for a, b in zip(above, below, strict=True)]
