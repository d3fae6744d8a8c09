"""What a code means, which codes there are on a day. `on` None: today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from zhengtong.kernel.texts import Texts

from ..models import CodeItem, CodeTable
from ..rules.timeline import Span
from .books import book_of, day_or_today, get_table

MOST_LEVELS = 20

__all__ = [
    "Code", "find_code", "get_table", "labels_of", "list_codes", "list_tables", "page_codes", "path_of", "search_codes",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Code:
    """One code with its name as a text map (`en` missing where the imported table has none).

    `valid_from` and `valid_to` are the first and the last day under this name; None: open.
    """

    code: str
    label: Texts
    parent_code: str
    level: int
    is_leaf: bool
    valid_from: date | None = None
    valid_to: date | None = None
    is_verified: bool = True

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class CodePage:
    """Some codes in the order of the table; `next` continues after them, empty at the end."""

    codes: list[Code]
    next: str


def list_tables() -> list[CodeTable]:
    """Every table, in the order of its key."""
    return list(CodeTable.objects.order_by("key"))


def list_codes(
    table: str, *, parent: str | None = None, leaves_only: bool = False, on: date | None = None
) -> list[Code]:
    """The codes valid on a day in the order of the table. `parent`: what stands right below it (empty: the top)."""
    items = _valid(table, on)
    if parent is not None:
        items = items.filter(parent_code=parent)
    if leaves_only:
        items = items.filter(is_leaf=True)
    return [_code(item) for item in items.order_by("position", "code")]


def page_codes(
    table: str, *, on: date, parent: str | None = None, words: str = "", after: str = "", limit: int = 100
) -> CodePage:
    """Codes in the order of the table, page by page; with `words` those that match. `after`: the `next` of the page
    before; anything else starts from the beginning."""
    items = _valid(table, on)
    if parent is not None:
        items = items.filter(parent_code=parent)
    if words.strip():
        items = items.filter(_hit(words.strip()))
    position, _dot, code = after.partition(".")
    if position.isascii() and position.isdigit() and len(position) < 10:
        items = items.filter(Q(position__gt=int(position)) | Q(position=int(position), code__gt=code))
    rows = list(items.order_by("position", "code")[: limit + 1])
    more = f"{rows[limit - 1].position}.{rows[limit - 1].code}" if len(rows) > limit else ""
    return CodePage([_code(row) for row in rows[:limit]], more)


def has_tree(table: str) -> bool:
    """Whether codes of the table stand below others."""
    return _items(table).exclude(parent_code="").exists()


def find_code(table: str, code: str, *, on: date | None = None) -> Code | None:
    """The code as it stood on the day. Without a day: as it stands, or stood last, also where it is abolished."""
    items = _items(table).filter(code=code)
    items = items.filter(_holds(on)) if on else items.order_by(F("valid_from").desc(nulls_last=True))
    item = items.first()
    return _code(item) if item else None


def labels_of(table: str, codes: Iterable[str], *, on: date | None = None) -> dict[str, Texts]:
    """Names by code, on a day or as last known; a code that is not in the table is missing from the answer."""
    items = _items(table).filter(code__in=list(codes))
    items = items.filter(_holds(on)) if on else items.order_by(F("valid_from").asc(nulls_first=True))
    return {item.code: item.label for item in items}


def path_of(table: str, code: str, *, on: date | None = None) -> list[Code]:
    """The code with all above it, from the top; empty if there is no such code on the day. Raises NotFound."""
    book, day = book_of(table), day_or_today(on)
    path: list[Code] = []
    present = book.span_on(code, day)
    while present and len(path) < MOST_LEVELS:
        path.insert(0, _of_span(present))
        present = book.span_on(present.row.parent_code, day) if present.row.parent_code else None
    return path


def search_codes(
    table: str, words: str, *, limit: int = 20, leaves_only: bool = True, on: date | None = None
) -> list[Code]:
    """Codes valid on a day whose code starts with the words, whose name holds them, or whose pinyin initials do.

    Nearest first.
    """
    words = words.strip()
    if not words:
        return []
    items = _valid(table, on).filter(_hit(words), **({"is_leaf": True} if leaves_only else {}))
    rank = Case(
        When(code__iexact=words, then=Value(0)),
        When(name=words, then=Value(1)),
        When(Q(code__istartswith=words) | Q(name__startswith=words) | Q(initials__startswith=words), then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return [_code(item) for item in items.order_by(rank, "position")[:limit]]


def _hit(words: str) -> Q:
    hit = Q(code__istartswith=words) | Q(name__contains=words) | Q(name_en__icontains=words)
    return hit | Q(initials__startswith=words.lower()) if words.isascii() and words.isalpha() else hit


def _items(table: str) -> QuerySet[CodeItem]:
    return CodeItem.objects.filter(table__key=table)


def _valid(table: str, on: date | None) -> QuerySet[CodeItem]:
    return _items(table).filter(_holds(day_or_today(on)))


def _holds(day: date) -> Q:
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    return begun & (Q(valid_to=None) | Q(valid_to__gte=day))


def _of_span(span: Span) -> Code:
    row = span.row
    return Code(
        row.code, row.label, row.parent_code, row.level, span.is_leaf, span.valid_from, span.valid_to, row.is_verified
    )  # fmt: skip


def _code(item: CodeItem) -> Code:
    return Code(
        item.code, item.label, item.parent_code, item.level, item.is_leaf, item.valid_from, item.valid_to,
        item.is_verified,
    )  # fmt: skip
