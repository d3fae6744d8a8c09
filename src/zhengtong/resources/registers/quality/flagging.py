"""Flags of records: what contradicts itself, and which rules about encrypted values are broken. Set by whoever writes,
in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection

from .. import rows
from ..contradictions import watched
from ..definition.model import Definition
from ..loading.batches import Batch
from ..loading.columns import NULL, plain
from ..loading.merging import Merging
from ..places import Places
from ..rows import Row
from .opened import contradictions, flags_of, opened_rules


def marks_of(definition: Definition, values: Mapping[str, Any], *, is_synthetic: bool) -> list[str]:
    """What of a record of these values contradicts itself, and the rules about encrypted values that it breaks."""
    watch, rules = watched(definition), opened_rules(definition)
    if watch is None and not rules:
        return []
    clear = {name: rows.opened(value) for name, value in values.items()}
    broken = flags_of(definition, {name: clear.get(name) for rule in rules for name in rule.opened_fields})
    return [*(watch.found(clear, Places(is_synthetic).is_area_of) if watch else ()), *broken]


def flag(definition: Definition, row: Row) -> Row:
    """A record that was written: its marks as they now are; those of others stay."""
    watch, rules = watched(definition), opened_rules(definition)
    judged = {*(watch.judged(definition.by_name) if watch else ()), *(rule.key for rule in rules)}
    if not judged:
        return row
    found = marks_of(definition, row.values, is_synthetic=row.is_synthetic)
    flags = tuple(sorted({*found, *(key for key in row.flags if key not in judged)}))
    if flags == tuple(sorted(row.flags)):
        return row
    rows.update(definition, row.id, {"flags": list(flags)})
    return replace(row, flags=flags)


def flag_again(definition: Definition, *, at_once: int = 1000) -> int:
    """Look at every record anew, as after a rule was added; says how many flags changed."""
    changed, last = 0, 0
    while found := rows.select(definition, "id > %s", [last], limit=at_once):
        last = found[-1].id
        changed += sum(flag(definition, row).flags != row.flags for row in found)
    return changed


def flag_batch(
    definition: Definition, merging: Merging, batch: Batch, fields: Sequence[str], *,
    written: Sequence[int], changed: Sequence[int],
) -> None:  # fmt: skip
    """The rows of a load that are in the register now (`written`); those `changed` may have lost their flag."""
    columns = {name: _clear(definition, batch, fields, name) for name in _names(definition, batch)}
    seen, found = contradictions(definition, columns, written)
    concerned = sorted({*found, *changed}) if seen else []
    if not concerned:
        return
    known = merging.find_known(batch, concerned)
    by_flags: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, record in known.items():
        by_flags[tuple(found.get(place, ()))].append(record.id)
    for flags, ids in by_flags.items():
        _set(definition, ids, flags, seen)


def _names(definition: Definition, batch: Batch) -> set[str]:
    """Of the fields that rules open those that the load writes, and its key: what else the file has is not stored."""
    return {name for rule in opened_rules(definition) for name in rule.opened_fields} & set(batch.texts)


def _clear(definition: Definition, batch: Batch, fields: Sequence[str], name: str) -> list[str | None]:
    if definition.by_name[name].is_encrypted:  # what is stored is sealed: the cell itself, as it is normalised
        place = fields.index(name)
        return [(row[place] or "").strip().upper() or None for row in batch.cells]
    return [None if text == NULL else plain(text) for text in batch.texts[name]]


def _set(definition: Definition, ids: Sequence[int], flags: Sequence[str], seen: Sequence[str]) -> None:
    told: Mapping[str, Any] = {"ids": list(ids), "flags": list(flags), "seen": list(seen)}
    anew = (
        "ARRAY(SELECT DISTINCT f FROM unnest(flags || %(flags)s::text[]) f "
        "WHERE f <> ALL (%(seen)s::text[]) OR f = ANY (%(flags)s::text[]) ORDER BY f)"
    )
    statement = f"UPDATE {definition.table} SET flags = {anew} WHERE id = ANY (%(ids)s) AND flags <> {anew}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
