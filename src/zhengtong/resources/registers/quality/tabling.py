"""An edition of statistics as pages and files show it: one division at a time, or all of it as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import localised

from ..models import StatisticsEdition

TOTAL = {"zh": "合计", "en": "Total"}
Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One division's part. `columns`: labels, empty where there is one axis only; `rows`: label and counts, the total
    last in each; None is suppressed."""

    columns: list[Any]
    rows: list[tuple[Any, list[int | None]]]


def sheet_of(edition: StatisticsEdition, division: str) -> Sheet:
    """The part of a division (by code), or of all together where it is empty. Raises NotFound."""
    codes = [code for code, _label in edition.axes[0]["categories"]]
    if division and division not in codes:
        raise NotFound(_("统计表中没有代码为“%s”的行政区划。") % division, remedy=_("请从列表中选择。"))
    first = codes.index(division) if division else -1
    table = _table(edition)
    lines, columns = _labels(edition, 1), _labels(edition, 2)
    places: list[Place] = [(n,) for n, _label in columns] if columns else [()]
    rows = [(label, [table[first, number, *place] for place in places]) for number, label in lines]
    return Sheet([label for _n, label in columns], rows)


def _table(edition: StatisticsEdition) -> dict[Place, int | None]:
    return {tuple(cell[:-1]): cell[-1] for cell in edition.cells}


def _labels(edition: StatisticsEdition, axis: int) -> list[tuple[int, Any]]:
    """Places and labels of an axis, the total last; nothing where there is no such axis."""
    if axis >= len(edition.axes):
        return []
    return [*enumerate(label for _code, label in edition.axes[axis]["categories"]), (-1, TOTAL)]


def shown(edition: StatisticsEdition, division: str) -> dict[str, Any]:
    """What the template of a table needs, and what the script draws: the same figures."""
    sheet = sheet_of(edition, division)
    inner = sheet.rows[:-1]
    names = [localised(label) for label in sheet.columns[:-1]] or [str(_("数量"))]
    series = [{"name": name, "values": [counts[n] for _l, counts in inner]} for n, name in enumerate(names)]
    return {
        "sheet": sheet, "divisions": edition.axes[0]["categories"], "division": division,
        "axis": edition.axes[1]["label"],
        "chart": {"kind": "bar", "categories": [localised(label) for label, _c in inner], "series": series},
    }  # fmt: skip


def csv_of(edition: StatisticsEdition) -> str:
    """Every cell: code and name on each axis, and the count; a suppressed one is empty, and the last column says so."""
    text = io.StringIO()
    writer = csv.writer(text)
    heads = [column for axis in edition.axes for column in (f"{axis['field']}_code", localised(axis["label"]))]
    writer.writerow([*heads, _("数量"), _("说明")])
    axes = [{**dict(enumerate(axis["categories"])), -1: ["", TOTAL]} for axis in edition.axes]
    for *place, count in edition.cells:
        parts = [part for axis, n in zip(axes, place, strict=True) for part in (axis[n][0], localised(axis[n][1]))]
        writer.writerow([*parts, "" if count is None else count, _("不公布（防止识别）") if count is None else ""])
    return "\ufeff" + text.getvalue()
