"""Records as columns of a data frame: each field in its own type, beside what is said of the record itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import rows
from ..definition.model import Definition, Field, Type
from ..following import state_of
from ..rows import Row

if TYPE_CHECKING:
    from polars import DataFrame

OWN: dict[str, tuple[str, Callable[[Definition, Row], Any]]] = {
    "_uuid": ("string", lambda _d, row: str(row.uuid)),
    "_state": ("string", lambda d, row: state_of(d, row).value),
    "_valid_from": ("date", lambda _d, row: row.valid_from),
    "_recorded_at": ("timestamp", lambda _d, row: row.recorded_at),
    "_is_synthetic": ("boolean", lambda _d, row: row.is_synthetic),
    "_disputed": ("string", lambda _d, row: ",".join(row.disputed)),
}
_KINDS = {
    Type.DATE: "date", Type.INTEGER: "integer", Type.MONEY: "integer", Type.DECIMAL: "decimal",
    Type.BOOLEAN: "boolean", Type.DEGREES: "float",
}  # fmt: skip


def kind_of(one: Field) -> str:
    """What a field is in a file; codes, numbers of people and GeoJSON are texts."""
    return _KINDS.get(one.type, "string")


def frame(definition: Definition, fields: Sequence[Field], found: Sequence[Row]) -> DataFrame:
    """The records with these fields, opened."""
    import polars

    columns = {name: [tell(definition, row) for row in found] for name, (_kind, tell) in OWN.items()}
    for one in fields:
        columns[one.name] = [_told(one, rows.opened(row.values[one.name])) for row in found]
    kinds: dict[str, Any] = {
        "string": polars.String, "date": polars.Date, "timestamp": polars.Datetime("us", "UTC"),
        "boolean": polars.Boolean, "integer": polars.Int64, "float": polars.Float64,
    }  # fmt: skip
    schema = {name: kinds[kind] for name, (kind, _tell) in OWN.items()}
    for one in fields:
        kind = kind_of(one)
        schema[one.name] = polars.Decimal(max(one.digits, 1), one.scale) if kind == "decimal" else kinds[kind]
    return polars.DataFrame(columns, schema=schema)


def _told(one: Field, value: Any) -> Any:
    if one.type is Type.GEOMETRY and value is not None:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value
