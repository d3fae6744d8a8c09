"""Put things into the index, and take them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from zhengtong.kernel.transactions import verb

from . import rules
from .models import SearchDocument
from .rules import Texts

__all__ = ["Document", "clear", "index", "index_many", "remove"]


BATCH = 1_000  # rows of one statement


@dataclass(frozen=True, slots=True)
class Document:
    """A thing to be found. `texts`: weight A (titles), B (who, kind), C (the rest) to a text or several.

    `payload` and `filters` are JSON; `title` is what lists are sorted by, else the first A text.
    """

    key: str
    texts: Texts
    payload: Mapping[str, Any] = field(default_factory=dict)
    filters: Mapping[str, Any] = field(default_factory=dict)
    boost: int = 0
    title: str = ""


def index(
    collection: str,
    key: str,
    text_by_weight: Texts,
    payload: Mapping[str, Any],
    *,
    filters: Mapping[str, Any] | None = None,
    boost: int = 0,
) -> None:
    """Make one thing findable, or replace what was known of it."""
    index_many(collection, [Document(key, text_by_weight, payload, filters or {}, boost)])


@verb
def index_many(collection: str, documents: Iterable[Document]) -> int:
    """Many at once, thousands in a second. The last one of a key counts. Returns how many."""
    rows = [_row(document) for document in {document.key: document for document in documents}.values()]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            columns = zip(*rows[start : start + BATCH], strict=True)
            cursor.execute(_MERGE, [collection, *map(list, columns)])
    return len(rows)


def remove(collection: str, keys: Iterable[str]) -> None:
    """Take things out of the index. Unknown keys are no fault."""
    SearchDocument.objects.filter(collection=collection, key__in=list(keys)).delete()


def clear(collection: str) -> None:
    SearchDocument.objects.filter(collection=collection).delete()


def _row(document: Document) -> tuple[Any, ...]:
    first = document.texts.get("A", "")
    title = document.title or (first if isinstance(first, str) else next(iter(first), ""))
    vector = rules.vector_of(document.texts)
    return (
        document.key, Jsonb(dict(document.payload)), Jsonb(dict(document.filters)), document.boost,
        rules.sort_key_of(title), vector,
    )  # fmt: skip


_MERGE = """
INSERT INTO support_search_searchdocument (collection, key, payload, filters, boost, sort_key, vector)
SELECT %s, key, payload, filters, boost, sort_key, vector::tsvector
FROM unnest(%s::text[], %s::jsonb[], %s::jsonb[], %s::smallint[], %s::text[], %s::text[])
    AS given(key, payload, filters, boost, sort_key, vector)
ORDER BY key
ON CONFLICT (collection, key) DO UPDATE SET payload = excluded.payload, filters = excluded.filters,
    boost = excluded.boost, sort_key = excluded.sort_key, vector = excluded.vector
"""
