"""What comes with the product: read once per process, stored when it is not stored yet."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from zhengtong.kernel.transactions import verb
from zhengtong.security.directory import queries as directory

from ..models import CodeTable, DataElement
from ..rules import divisions, succession, tables
from ..rules.elements import Element
from ..rules.folder import read_elements
from . import storing

DATA = files("zhengtong.resources.standards") / "data"
THEMES = ("people", "entities", "places", "food", "services")

_FROM_CSV: tuple[tuple[str, date | None, dict[str, Any]], ...] = (
    (
        "gbt4754_2017_industry.csv",
        date(2017, 10, 1),
        {
            "key": "gbt4754",
            "standard": "GB/T 4754-2017",
            "title": {"zh": "国民经济行业分类", "en": "Industrial classification for national economic activities"},
            "provenance": "source: published list of GB/T 4754-2017, mended (see SOURCES.md)",
        },
    ),
    (
        "gbt3304_ethnic.csv",
        None,
        {
            "key": "gbt3304",
            "standard": "GB/T 3304-1991",
            "title": {"zh": "民族", "en": "Ethnic group"},
            "provenance": "source: published list of GB/T 3304-1991; 97 and 98 unverified",
        },
    ),
)
DIVISIONS = "gbt2260"
_HISTORY, _PRESENT, _CHANGES = "gb2260_history_1980_2019.csv", "divisions_pca_2023.csv", "division_changes.csv"
_RULE_EDITION = "1"  # raise it when rules/divisions or rules/succession conclude something else from the same files


@cache
def shipped_tables() -> tuple[tables.Table, ...]:
    """Every code table that comes with the product (sources and licences: data/SOURCES.md)."""
    large = [_from_csv(name, start, facts) for name, start, facts in _FROM_CSV]
    return (*large, _division_table(), *tables.read_small_tables(_text("small_tables.json")))


@cache
def shipped_elements() -> tuple[Element, ...]:
    """Every data element that comes with the product. Needs no database."""
    return tuple(e for theme in THEMES for e in read_elements(yaml.safe_load(_text(f"elements/{theme}.yaml"))))


@verb
def load_code_tables() -> dict[str, int]:
    """Bring tables and elements to the shipped state; answers the number of codes by key of each table it changed.

    A table whose digest stands already is left alone, so a second call costs two queries. Editions that an operator
    loaded stay; an element's version that an operator loaded is never overwritten.
    """
    stored = dict(CodeTable.objects.values_list("key", "digest"))
    changed = [table for table in shipped_tables() if stored.get(table.key) != table.digest]
    counts = {table.key: storing.store_shipped(table) for table in changed}
    storing.store_elements(shipped_elements(), dict(_element_digests()), is_shipped=True)
    return counts


def _element_digests() -> Any:
    rows = DataElement.objects.values_list("identifier", "version", "digest", "is_shipped")
    return (((name, version), (digest, shipped)) for name, version, digest, shipped in rows)


def _from_csv(name: str, start: date | None, facts: dict[str, Any]) -> tables.Table:
    def read() -> tuple[tuple[tables.Edition, ...], tuple[tables.Change, ...]]:
        version, source = tables.version_of(facts["standard"]), facts["provenance"]
        return (tables.Edition(version, start, tables.read_rows(_text(name)), source),), ()

    return tables.Table(**facts, fingerprint=_digest(_text(name), str(start)), read=read)


def _division_table() -> tables.Table:
    """行政区划代码: an edition for each list from 1980 to 2019 and for 2023, and what became of each code."""
    places = [directory.DATA / _HISTORY, directory.DATA / _PRESENT]

    def read() -> tuple[tuple[tables.Edition, ...], tuple[tables.Change, ...]]:
        history, present = (place.read_text(encoding="utf-8") for place in places)
        editions = divisions.editions_of(history, present)
        known = divisions.read_changes(_text(_CHANGES), editions)
        peoples = [row.name for row in tables.read_rows(_text("gbt3304_ethnic.csv"))]
        return editions, tuple(succession.infer(editions, known, peoples))

    return tables.Table(
        DIVISIONS,
        "GB/T 2260",
        {"zh": "行政区划代码", "en": "Administrative divisions"},
        "source: lists of the Ministry of Civil Affairs 1980 to 2019; statistics of 2023 (see SOURCES.md)",
        _digest(*(place.read_text(encoding="utf-8") for place in places), _text(_CHANGES), _RULE_EDITION),
        read,
    )


def _digest(*texts: str) -> str:
    return hashlib.sha256("\x00".join(texts).encode()).hexdigest()


def _text(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")
