"""Counts records by division and the axes of a definition, and suppresses what is small before anything is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhengtong.kernel.texts import Texts

from ..definition.model import Definition, Type
from ..definition.rules import Axis, Statistics, operands
from . import engines
from .suppression import Place, suppressed, with_totals

UNKNOWN = ""  # the category of records that have no value


@dataclass(frozen=True, slots=True)
class Counted:
    """`axes`: for each its categories in order; `table`: every cell with totals, None where it is suppressed."""

    axes: list[list[str]]
    table: dict[Place, int | None]

    @property
    def hidden(self) -> int:
        return sum(count is None for count in self.table.values())


def count(definition: Definition, told: Statistics, *, engine: str, today: date) -> Counted:
    """The table of a register as of a day."""
    from .compiling import Compiler, sql

    names = [*(axis.field for axis in told.axes), *told.of, *operands(told.of, "field")]
    fields = {definition.key: set(names)}
    with engines.opened(engine, {definition.key: definition}, fields, []) as ready:
        found = ready.run(sql(Compiler(definition, {}, fields, today).counts(told.of, told.axes), ready.name))
    return tabulate(found, told)


def tabulate(found: list[tuple[Any, ...]], told: Statistics) -> Counted:
    """Rows of (category on each axis…, count) as a table."""
    axes = [sorted({row[place] for row in found}, key=_order(place, told)) for place in range(len(told.axes) + 1)]
    places = [{category: number for number, category in enumerate(categories)} for categories in axes]
    inner = {tuple(places[n][row[n]] for n in range(len(axes))): int(row[-1]) for row in found}
    sizes = [len(categories) for categories in axes]
    table = with_totals(inner, sizes)
    hidden = suppressed(table, sizes, told.threshold)
    return Counted(axes, {place: None if place in hidden else value for place, value in table.items()})


def _order(place: int, told: Statistics) -> Callable[[str], Any]:
    """Bands by age, all else by code; unknown last."""
    if place and told.axes[place - 1].bands:
        return lambda text: (text == UNKNOWN, int(text or 0))
    return lambda text: (text == UNKNOWN, text)


def label_of(
    definition: Definition, axis: Axis, category: str, codes: Callable[[str, str], Texts | None]
) -> Texts:  # fmt: skip
    """What people call a category. `codes`: code table and code → its name."""
    if category == UNKNOWN:
        return {"zh": "未填写", "en": "not stated"}
    if axis.bands:
        return _band(axis.bands, int(category))
    one = definition.by_name[axis.field]
    if one.type is Type.CHOICE and category in one.values:
        return _texts(one.values[category])
    found = codes(one.code_table, category) if one.code_table else None
    return found or {"zh": category, "en": category}


def _band(bands: tuple[int, ...], age: int) -> Texts:
    above = [one for one in sorted(bands) if one > age]
    if not above:
        return {"zh": f"{age}岁及以上", "en": f"{age} and over"}
    return {"zh": f"{age}—{above[0] - 1}岁", "en": f"{age}–{above[0] - 1}"}


def _texts(found: Mapping[str, str]) -> Texts:
    return dict(found)
