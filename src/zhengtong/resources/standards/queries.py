"""Door: what a code means, which codes there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import Texts

from .models import CodeItem, CodeTable


@dataclass(frozen=True, slots=True)
class Code:
    """One code with its name as a text map (`en` missing where the imported table has none)."""

    code: str
    label: Texts
    parent_code: str
    level: int
    is_leaf: bool


def list_tables() -> list[CodeTable]:
    """Every table, in the order of its key."""
    return list(CodeTable.objects.order_by("key"))


def get_table(key: str) -> CodeTable:
    """Raises NotFound."""
    table = CodeTable.objects.filter(key=key).first()
    if table is None:
        raise NotFound(_("没有代码表“%(key)s”。") % {"key": key}, remedy=_("请运行 zt seed 载入代码表，或核对表名。"))
    return table


def list_codes(table: str, *, parent: str | None = None, leaves_only: bool = False) -> list[Code]:
    """The codes of a table in its own order. `parent`: only what stands right below it (empty: the top)."""
    items = _items(table)
    if parent is not None:
        items = items.filter(parent_code=parent)
    if leaves_only:
        items = items.filter(is_leaf=True)
    return [_code(item) for item in items.order_by("position")]


def find_code(table: str, code: str) -> Code | None:
    item = _items(table).filter(code=code).first()
    return _code(item) if item else None


def labels_of(table: str, codes: Iterable[str]) -> dict[str, Texts]:
    """Names by code; a code that is not in the table is missing from the answer."""
    return {item.code: item.label for item in _items(table).filter(code__in=list(codes))}


def path_of(table: str, code: str) -> list[Code]:
    """The code with all above it, from the top; empty if there is no such code."""
    path: list[Code] = []
    present = find_code(table, code)
    while present:
        path.insert(0, present)
        present = find_code(table, present.parent_code) if present.parent_code else None
    return path


def search_codes(table: str, words: str, *, limit: int = 20, leaves_only: bool = True) -> list[Code]:
    """Codes whose code starts with the words, whose name holds them, or whose pinyin initials do. Nearest first."""
    words = words.strip()
    if not words:
        return []
    hit = Q(code__istartswith=words) | Q(name__contains=words) | Q(name_en__icontains=words)
    if words.isascii() and words.isalpha():
        hit |= Q(initials__startswith=words.lower())
    items = _items(table).filter(hit, **({"is_leaf": True} if leaves_only else {}))
    rank = Case(
        When(code__iexact=words, then=Value(0)),
        When(name=words, then=Value(1)),
        When(Q(code__istartswith=words) | Q(name__startswith=words) | Q(initials__startswith=words), then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return [_code(item) for item in items.order_by(rank, "position")[:limit]]


def _items(table: str) -> QuerySet[CodeItem]:
    return CodeItem.objects.filter(table__key=table)


def _code(item: CodeItem) -> Code:
    return Code(item.code, item.label, item.parent_code, item.level, item.is_leaf)
