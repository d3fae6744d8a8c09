"""Door: loads the shipped code tables."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from zhengtong.kernel.transactions import verb

from . import rules
from .models import CodeItem, CodeTable

DATA = files(__package__) / "data"


_FROM_CSV: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "gbt4754_2017_industry.csv",
        {
            "key": "gbt4754",
            "standard": "GB/T 4754-2017",
            "title": {"zh": "国民经济行业分类", "en": "Industrial classification for national economic activities"},
            "provenance": "source: published list of GB/T 4754-2017, mended (see SOURCES.md)",
        },
    ),
    (
        "gbt3304_ethnic.csv",
        {
            "key": "gbt3304",
            "standard": "GB/T 3304-1991",
            "title": {"zh": "民族", "en": "Ethnic group"},
            "provenance": "source: published list of GB/T 3304-1991; 97 and 98 unverified",
        },
    ),
)


@cache
def shipped_tables() -> tuple[rules.Table, ...]:
    """Every code table that comes with the product (sources and licences: data/SOURCES.md). Read once per process."""
    large = [rules.read_csv_table(_text(name), **facts) for name, facts in _FROM_CSV]
    return (*large, *rules.read_small_tables(_text("small_tables.json")))


@verb
def load_code_tables() -> dict[str, int]:
    """Bring the stored tables to the shipped state; answers the number of codes by key of each table it changed.

    A table whose digest stands already is left alone, so a second call costs one query.
    """
    stored = dict(CodeTable.objects.values_list("key", "digest"))
    changed = [table for table in shipped_tables() if stored.get(table.key) != table.digest]
    return {table.key: _store(table) for table in changed}


def _store(table: rules.Table) -> int:
    facts = {name: getattr(table, name) for name in ("standard", "title", "provenance", "is_verified", "digest")}
    record, _ = CodeTable.objects.update_or_create(key=table.key, defaults=facts)
    record.items.all().delete()
    leaves = rules.leaves(table.rows)
    return len(
        CodeItem.objects.bulk_create(
            CodeItem(
                table=record,
                code=row.code,
                parent_code=row.parent_code,
                level=row.level,
                position=position,
                name=row.name,
                name_en=row.name_en,
                initials=_initials(row.name),
                is_leaf=row.code in leaves,
                is_verified=row.is_verified,
            )
            for position, row in enumerate(table.rows)
        )
    )


def _initials(name: str) -> str:
    """正餐服务 → zcfw."""
    from pypinyin import Style, lazy_pinyin  # 55 MB: only for loading

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore")).lower()[:100]


def _text(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")
