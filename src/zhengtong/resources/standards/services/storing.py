"""Tables and elements as rows. A table is written whole: editions in, spans out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

from ..models import CodeChange, CodeEdition, CodeItem, CodeTable, DataElement
from ..rules.elements import Element, as_spec
from ..rules.tables import Change, Edition, Row, Table
from ..rules.timeline import Span, last_days, timeline


def store_shipped(table: Table) -> int:
    """Write what ships, keep what operators added to it; answers the number of codes in the newest edition."""
    facts = {name: getattr(table, name) for name in ("standard", "title", "provenance", "is_verified", "digest")}
    record, _ = CodeTable.objects.update_or_create(key=table.key, defaults=facts)
    editions, changes = table.content
    own_editions, own_changes = local_part(record)
    versions = {edition.version for edition in editions}
    own_editions = [edition for edition in own_editions if edition.version not in versions]
    write(record, editions, changes, own_editions, own_changes)
    return len(table.rows)


def local_part(record: CodeTable) -> tuple[list[Edition], list[Change]]:
    """The editions and changes that did not ship, as plain values."""
    return _part(record, is_shipped=False)


def shipped_part(record: CodeTable) -> tuple[list[Edition], list[Change]]:
    """The editions and changes that shipped, as they are stored."""
    return _part(record, is_shipped=True)


def _part(record: CodeTable, *, is_shipped: bool) -> tuple[list[Edition], list[Change]]:
    rows = list(record.editions.filter(is_shipped=is_shipped).order_by("valid_from"))
    spans = stored_spans(record) if rows else []
    return [_edition(row, spans) for row in rows], stored_changes(record, is_shipped=is_shipped)


def _edition(row: CodeEdition, spans: list[Span]) -> Edition:
    """As it was loaded. An item that ends before its edition does had an end of its own."""
    held = [span for span in spans if span.holds_on(row.day)]
    rows = [
        replace(
            span.row, valid_to=span.valid_to if span.valid_to and span.valid_to < (row.valid_to or date.max) else None
        )
        for span in sorted(held, key=lambda one: one.position)
    ]
    return Edition(row.version, row.valid_from, tuple(rows), row.source, row.is_verified)


def stored_spans(record: CodeTable) -> list[Span]:
    return [span_of(item) for item in record.items.all()]


def span_of(item: CodeItem) -> Span:
    row = Row(item.code, item.name, item.name_en, item.parent_code, item.level, item.is_verified, None)
    return Span(row, item.valid_from, item.valid_to, item.position, item.is_leaf)


def stored_changes(record: CodeTable, **only: Any) -> list[Change]:
    return [
        Change(row.from_code, row.to_code, row.on_day, row.kind, row.source, row.is_inferred)
        for row in record.changes.filter(**only)
    ]


def write(
    record: CodeTable,
    editions: Iterable[Edition],
    changes: Iterable[Change],
    own_editions: Iterable[Edition] = (),
    own_changes: Iterable[Change] = (),
) -> None:
    """Replace all rows of the table by what these editions amount to. Two `own_` arguments: what did not ship."""
    shipped, own = list(editions), list(own_editions)
    digests = dict(record.editions.filter(is_shipped=False).values_list("version", "digest"))
    record.stamp = uuid.uuid4()
    record.save(update_fields=["stamp"])
    for relation in (record.items, record.editions, record.changes):
        relation.all().delete()
    _copy(CodeItem, _ITEM, (_item(record, span) for span in timeline([*shipped, *own])))
    _write_editions(record, shipped, own, digests)
    settled = {(change.from_code, change.on_day) for change in own_changes}
    kept = [change for change in changes if (change.from_code, change.on_day) not in settled]
    rows = [*((change, True) for change in kept), *((change, False) for change in own_changes)]
    _copy(CodeChange, _CHANGE, (_change(record, *row) for row in rows))


def _write_editions(record: CodeTable, shipped: list[Edition], own: list[Edition], digests: Mapping[str, str]) -> None:
    """`digests`: what the files of operators' editions amounted to when they were loaded."""
    listed = sorted([*((one, True) for one in shipped), *((one, False) for one in own)], key=lambda one: one[0].starts)
    ends = last_days([edition.starts for edition, _is_shipped in listed])
    CodeEdition.objects.bulk_create(
        CodeEdition(
            table=record,
            version=edition.version,
            valid_from=edition.valid_from,
            valid_to=end,
            source=edition.source,
            is_verified=edition.is_verified,
            is_shipped=is_shipped,
            digest=_digest(record, edition, digests, is_shipped),
            count=len(edition.rows),
        )
        for (edition, is_shipped), end in zip(listed, ends, strict=True)
    )


def _digest(record: CodeTable, edition: Edition, digests: Mapping[str, str], is_shipped: bool) -> str:
    """What ships changes with its table: sixty lists of divisions need no digest of their own."""
    return record.digest if is_shipped else digests.get(edition.version) or edition.digest


_ITEM = (
    "table_id", "code", "parent_code", "level", "position", "name", "name_en", "initials", "is_leaf", "is_verified",
    "valid_from", "valid_to",
)  # fmt: skip
_CHANGE = ("table_id", "from_code", "to_code", "on_day", "kind", "source", "is_inferred", "is_shipped")


def _item(record: CodeTable, span: Span) -> tuple[Any, ...]:
    row = span.row
    return (
        record.pk, row.code, row.parent_code, row.level, span.position, row.name, row.name_en, _initials(row.name),
        span.is_leaf, row.is_verified, span.valid_from, span.valid_to,
    )  # fmt: skip


def _change(record: CodeTable, change: Change, is_shipped: bool) -> tuple[Any, ...]:
    return (
        record.pk, change.from_code, change.to_code, change.on_day, change.kind, change.source, change.is_inferred,
        is_shipped,
    )  # fmt: skip


def _copy(model: type[Model], columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Ten thousand rows in a tenth of a second."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


@lru_cache(maxsize=10_000)
def _initials(name: str) -> str:
    """正餐服务 → zcfw."""
    from pypinyin import Style, lazy_pinyin  # 55 MB: only for loading

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore")).lower()[:100]


# -- data elements ----------------------------------------------------------------------------------------------------
def store_elements(
    elements: Iterable[Element], stored: Mapping[tuple[str, int], tuple[str, bool]], *, is_shipped: bool
) -> list[Element]:
    """Write elements that are new or, of those that shipped, different; answers which. `stored`: (digest, shipped)."""
    fresh = []
    for element in elements:
        digest, was_shipped = stored.get((element.identifier, element.version), ("", is_shipped))
        if digest != element.digest and was_shipped == is_shipped:
            DataElement.objects.update_or_create(
                identifier=element.identifier, version=element.version, defaults=_facts(element, is_shipped)
            )
            fresh.append(element)
    return fresh


def _facts(element: Element, is_shipped: bool) -> dict[str, Any]:
    words = (element.identifier, *element.name.values(), *element.synonyms, _initials(element.name["zh"]))
    return {
        "status": element.status, "theme": element.theme, "name": dict(element.name), "spec": as_spec(element),
        "code_table": element.table, "words": " ".join(words).lower(), "digest": element.digest,
        "is_shipped": is_shipped,
    }  # fmt: skip
