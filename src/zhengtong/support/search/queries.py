"""Find things by words, by department, by pinyin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from . import rules
from .rules import highlight

__all__ = ["Hit", "count", "highlight", "search"]

CANDIDATES = 2_000  # so many hits at most are ranked: the cost of a search has a ceiling
MAX_LIMIT = 200
_RANKS = "{0.05, 0.3, 0.6, 1.0}"  # what D (pinyin, pairs), C, B and A are worth


@dataclass(frozen=True, slots=True)
class Hit:
    key: str
    payload: dict[str, Any]
    rank: float


def search(
    collection: str, words: str, limit: int = 20, filters: Mapping[str, Any] | None = None, *, offset: int = 0
) -> list[Hit]:
    """The best hits, best first. No words: all that pass the filters, the wanted first, then by pinyin.

    `filters` {"audience": "person"} also finds a document whose `audience` is a list with it. `words` may be anything;
    nothing raises. One query, up to three where the strict reading finds nothing.
    """
    limit, offset = max(0, min(limit, MAX_LIMIT)), max(0, min(offset, CANDIDATES))
    literals = rules.queries_for(words)
    if not literals:
        return [] if rules.normal(words).strip() else _browse(collection, limit, offset, filters)
    for literal in literals:
        if hits := _ranked(collection, literal, limit, offset, filters):
            return hits
        if offset and _ranked(collection, literal, 1, 0, filters):
            return []  # past the end of this reading
    return []


def count(collection: str) -> int:
    """How many things are indexed in a collection; for checks, not for pages."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM support_search_searchdocument WHERE collection = %s", [collection])
        return cursor.fetchone()[0]


def _ranked(collection: str, literal: str, limit: int, offset: int, filters: Mapping[str, Any] | None) -> list[Hit]:
    return _hits(
        f"""
        SELECT key, payload, ts_rank('{_RANKS}', vector, query, 1) * (1 + boost / 100.0) AS rank
        FROM (SELECT key, payload, vector, boost, sort_key, query
              FROM support_search_searchdocument, CAST(%s AS tsquery) AS query
              WHERE vector @@ query AND collection = %s {_where(filters)}
              LIMIT {CANDIDATES}) AS candidates
        ORDER BY rank DESC, sort_key, key LIMIT %s OFFSET %s
        """,  # noqa: S608 (constants only)
        [literal, collection, *_values(filters), limit, offset],
    )


def _browse(collection: str, limit: int, offset: int, filters: Mapping[str, Any] | None) -> list[Hit]:
    return _hits(
        f"""
        SELECT key, payload, 0 FROM support_search_searchdocument WHERE collection = %s {_where(filters)}
        ORDER BY boost DESC, sort_key, key LIMIT %s OFFSET %s
        """,  # noqa: S608 (constants only)
        [collection, *_values(filters), limit, offset],
    )


def _hits(statement: str, values: list[Any]) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Hit(key, json.loads(payload), float(rank)) for key, payload, rank in cursor.fetchall()]


def _where(filters: Mapping[str, Any] | None) -> str:
    return "".join(" AND (filters @> %s OR filters @> %s)" for _key in _stated(filters))


def _values(filters: Mapping[str, Any] | None) -> list[Any]:
    """For each filter: as the value itself, and as a member of a list."""
    stated = _stated(filters)
    return [Jsonb({key: shape}) for key, value in stated.items() for shape in (value, [value])]


def _stated(filters: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (filters or {}).items() if value not in (None, "", [])}
