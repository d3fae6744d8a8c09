"""Data elements, what judges their values, and who uses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.identifiers import SYNTHETIC_AREA
from zhengtong.kernel.identifiers import Kind as Number
from zhengtong.kernel.texts import Texts

from ..models import DataElement
from ..providers import USES, Use
from ..rules import resolving
from ..rules.elements import Element, from_spec
from ..rules.values import Checker
from .books import book_of, codes_ever, codes_valid_on
from .themes import THEMES

DIVISIONS = "gbt2260"


@dataclass(frozen=True, slots=True)
class ElementPage:
    elements: list[Element]
    next: str


def get_element(identifier: str, version: int | None = None) -> Element:
    """That version, or the newest that is a standard (where there is none: the newest). Raises NotFound."""
    rows = DataElement.objects.filter(identifier=identifier)
    wanted = rows.filter(version=version) if version else rows.order_by("-version")
    found = list(wanted[:20])
    best = next((row for row in found if row.status == "standard"), found[0] if found else None)
    if best is None:
        said = _("没有数据元“%(key)s”。") if not version else _("数据元“%(key)s”没有这个版本。")
        raise NotFound(said % {"key": identifier}, remedy=_("请在数据元目录中查找，或用 zt standards load 载入。"))
    return from_spec(best.spec)


def list_element_versions(identifier: str) -> list[Element]:
    """Every version, the newest first; empty for an unknown identifier."""
    return [from_spec(row.spec) for row in DataElement.objects.filter(identifier=identifier).order_by("-version")]


def list_elements(words: str = "", *, theme: str = "", after: str = "", limit: int = 50) -> ElementPage:
    """The newest version of each, by identifier. `words`: in name, synonym, identifier, or pinyin initials."""
    newest = DataElement.objects.values("identifier").annotate(newest=Max("version"))
    chosen = newest.filter(identifier__gt=after, **({"theme": theme} if theme else {}))
    if words.strip():
        chosen = chosen.filter(words__contains=words.strip().lower())
    keys = list(chosen.order_by("identifier").values_list("identifier", "newest")[: limit + 1])
    shown = keys[:limit]
    either = Q(pk=None)
    for identifier, version in shown:
        either |= Q(identifier=identifier, version=version)
    rows = DataElement.objects.filter(either).order_by("identifier")
    return ElementPage([from_spec(row.spec) for row in rows], shown[-1][0] if len(keys) > limit else "")


def list_themes() -> list[tuple[str, Texts, int]]:
    """(key, title, how many elements)."""
    counts = DataElement.objects.values("theme").annotate(count=Count("identifier", distinct=True))
    found = {row["theme"]: row["count"] for row in counts}
    known = [(key, title, found.pop(key)) for key, title in THEMES.items() if key in found]
    return known + [(key, {"zh": key, "en": key}, count) for key, count in sorted(found.items())]


def checker_of(identifier: str, *, on: date, version: int | None = None) -> Checker:
    """What judges values of this element as of a day: `check`, `check_column`. Raises NotFound.

    Fetched once for a whole column: up to four small queries, none per value.
    """
    element = get_element(identifier, version)
    areas = codes_ever(DIVISIONS) | {SYNTHETIC_AREA} if element.number == Number.ID_NUMBER else None
    if not element.table:
        return Checker(element, on, areas=areas)
    rows, book = codes_valid_on(element.table, on), book_of(element.table)
    headings = {row.parent_code for row in rows.values()} if element.leaves_only else set()
    codes = frozenset(rows) - headings
    return Checker(element, on, codes, lambda code: resolving.resolve(book, code, from_day=None, to_day=on), areas)


# -- who uses them ----------------------------------------------------------------------------------------------------
def uses_of_element(identifier: str) -> list[tuple[Texts, Sequence[Use]]]:
    """(who, where) of every room that binds fields to the element."""
    return [(source.label, uses) for _key, source in USES.items() if (uses := source.uses_of_element(identifier))]


def uses_of_table(key: str) -> list[tuple[Texts, Sequence[Use]]]:
    """(who, where), those by way of a data element included."""
    found = [(source.label, uses) for _key, source in USES.items() if (uses := source.uses_of_table(key))]
    elements = DataElement.objects.filter(code_table=key).order_by("identifier", "-version").distinct("identifier")
    bound = [_bound(row) for row in elements]
    return [({"zh": "数据元", "en": "Data elements"}, bound), *found] if bound else found


def _bound(row: DataElement) -> Use:
    here = {"zh": row.identifier, "en": row.identifier}
    return Use(row.name, here, f"/workbench/standards/elements/{row.identifier}/")
