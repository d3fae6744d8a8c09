"""Pairs that agree on a block, by sets in PostgreSQL: it joins, and spills to disk what its memory does not hold.

A step is one block, or a part of it by hash, so that what one transaction sorts stays bounded and a run goes on behind
the last step. Encrypted fields are joined and compared by their blind index. Names come from checked definitions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ..definition.model import Definition, Field, Matching
from ..rows import Sealed

PART = 1_000_000  # records of one step, about
FETCHED = 2_000  # pairs at a time


@dataclass(frozen=True, slots=True)
class Step:
    """The part `part` of `parts` of one block."""

    block: tuple[str, ...]
    part: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a pair: what is compared of it."""

    uuid: UUID
    values: dict[str, Any]


def parts_of(records: int) -> int:
    """Into how many parts each block is cut for a register of about so many records."""
    return max(1, -(-records // PART))


def steps(matching: Matching, parts: int) -> list[Step]:
    """Everything a run does, always in the same order."""
    return [Step(block, part, parts) for block in matching.blocks for part in range(parts)]


def pairs(definition: Definition, step: Step, since: datetime | None) -> Iterator[tuple[Side, Side]]:
    """Candidates of a step, streamed; the record entered first is the first. `since`: only pairs of which a record was
    written from then on. In a transaction."""
    assert definition.matching
    statement = _statement(definition, definition.matching, step, since is not None)
    fields = [definition.by_name[name] for name in definition.matching.fields]
    columns = [column for one in fields for column in _columns(one)]
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, {"since": since, "part": step.part, "parts": step.parts})
        while rows := cursor.fetchmany(FETCHED):
            for row in rows:
                half = len(columns) + 1
                yield _side(fields, row[:half]), _side(fields, row[half:])


def crowded(definition: Definition, step: Step) -> int:
    """How many groups of the step are larger than `largest_block`, and therefore were not compared."""
    assert definition.matching
    groups = _groups(definition, definition.matching, step, is_partial=False, crowded=True)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({groups}) g", {"part": step.part, "parts": step.parts})  # noqa: S608
        return int(cursor.fetchone()[0])


def _columns(one: Field) -> tuple[str, ...]:
    return (one.name, one.index_column) if one.is_encrypted else (one.name,)


def _statement(definition: Definition, matching: Matching, step: Step, is_partial: bool) -> str:
    keys = _keys(definition, step)
    same = {side: " AND ".join(f"{side}.{key} = g.{key}" for key in keys) for side in "ab"}
    columns = ["uuid", *(c for name in matching.fields for c in _columns(definition.by_name[name]))]
    chosen = ", ".join(f"{side}.{name}" for side in "ab" for name in columns)
    newer = " AND (a.recorded_at >= %(since)s OR b.recorded_at >= %(since)s)" if is_partial else ""
    groups = _groups(definition, matching, step, is_partial=is_partial)
    return (
        f"WITH g AS MATERIALIZED ({groups}) SELECT {chosen} FROM g "  # noqa: S608  (names only)
        f"JOIN {definition.table} a ON {same['a']} JOIN {definition.table} b ON {same['b']} "
        f"WHERE a.id < b.id AND {_living(definition, 'a')} AND {_living(definition, 'b')}{newer}"
    )


def _groups(definition: Definition, matching: Matching, step: Step, *, is_partial: bool, crowded: bool = False) -> str:
    """The values of the block that more than one record has, but not too many."""
    keys = ", ".join(_keys(definition, step))
    there = " AND ".join(f"{key} IS NOT NULL" for key in _keys(definition, step))
    first = _keys(definition, step)[0]
    part = f" AND (hashtext({first}::text) & 2147483647) %% %(parts)s = %(part)s" if step.parts > 1 else ""
    sizes = f"> {matching.largest_block}" if crowded else f"BETWEEN 2 AND {matching.largest_block}"
    newer = " AND bool_or(recorded_at >= %(since)s)" if is_partial else ""
    return (
        f"SELECT {keys} FROM {definition.table} r WHERE {there} AND {_living(definition, 'r')}{part} "  # noqa: S608
        f"GROUP BY {keys} HAVING count(*) {sizes}{newer}"
    )


def _keys(definition: Definition, step: Step) -> list[str]:
    return [definition.by_name[name].index_column for name in step.block]


def _living(definition: Definition, side: str) -> str:
    """Not merged into another already."""
    assert definition.matching
    return f"{side}.{definition.status_field} IS DISTINCT FROM '{definition.matching.merged_status}'"


def _side(fields: list[Field], row: tuple[Any, ...]) -> Side:
    values: dict[str, Any] = {}
    place = 1
    for one in fields:
        value = row[place]
        if one.is_encrypted:
            value = None if value is None else Sealed(bytes(row[place + 1]), bytes(value))
        values[one.name] = value
        place += len(_columns(one))
    return Side(row[0], values)
