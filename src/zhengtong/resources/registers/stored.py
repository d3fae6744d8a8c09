"""Records as rows of the compiled tables: statements over a definition's columns, and values of what they answer.

Pure: whoever asks the database brings the statement there and the row back. Names come from definitions only.
"""

from __future__ import annotations

import json
import uuid as uuids
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .definition.model import Definition, Field, Type
from .timeline import Version

Indexes = Callable[[str, str], list[bytes]]  # (text, context) → its blind index under every key of the ring


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted value: equal where its blind index is."""

    index: bytes
    sealed: bytes = field(compare=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it is now. `values` by field; an encrypted one is `Sealed`. `disputed`: fields in question.

    `changed_xid`: the transaction that last wrote it, 0 for one just written.
    """

    id: int
    uuid: uuids.UUID
    values: Mapping[str, Any]
    valid_from: date
    recorded_at: datetime
    is_synthetic: bool
    disputed: tuple[str, ...]
    flags: tuple[str, ...]
    changed_xid: int = 0

    @property
    def version(self) -> Version:
        return Version(self.values, self.valid_from, None, self.recorded_at, key=self.id)


CHANGED = "changed_xid"
_ROW = ("id", "uuid", "valid_from", "recorded_at", "is_synthetic", "disputed", "flags", CHANGED)


def index_context(definition: Definition, one: Field) -> str:
    """What the blind index of a field is drawn for: the same number gives another index in another register."""
    return f"registers.{definition.key}.{one.name}"


def columns_of(definition: Definition, names: Iterable[str] | None = None) -> list[str]:
    """The columns that `to_row` takes, by whatever order; `names`: of these fields only."""
    return [*_ROW, *field_columns(definition, names)]


def field_columns(definition: Definition, names: Iterable[str] | None = None) -> list[str]:
    wanted = definition.fields if names is None else [definition.by_name[name] for name in names]
    return [name for one in wanted for name in ((one.name, one.index_column) if one.is_encrypted else (one.name,))]


def to_values(definition: Definition, stored: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for one in definition.fields:
        if one.name in stored:
            value = stored[one.name]
            if one.is_encrypted and value is not None:
                value = Sealed(bytes(stored[one.index_column]), bytes(value))
            elif one.type is Type.GEOMETRY and isinstance(value, str):
                value = json.loads(value)
            found[one.name] = value
    return found


def to_row(definition: Definition, stored: Mapping[str, Any]) -> Row:
    return Row(
        stored["id"], stored["uuid"], to_values(definition, stored), stored["valid_from"], stored["recorded_at"],
        stored["is_synthetic"], tuple(stored["disputed"]), tuple(stored["flags"]), int(stored.get(CHANGED, 0)),
    )  # fmt: skip


def equal(definition: Definition, values: Mapping[str, Any], indexes: Indexes) -> tuple[str, list[Any]]:
    """A condition that fields have these values; an encrypted one by its blind index, under any key of the ring."""
    parts, params = [], []
    for name, value in values.items():
        one = definition.by_name[name]
        if one.is_encrypted:
            parts.append(f"{one.index_column} = ANY (%s)")
            params.append(indexes(str(value), index_context(definition, one)))
        else:
            parts.append(f"{name} = %s")
            params.append(value)
    return " AND ".join(parts), params
