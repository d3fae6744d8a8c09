"""Events as JSON and back, and the frozen description of their fields."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

_WRITE: dict[Any, Callable[[Any], Any]] = {UUID: str, datetime: datetime.isoformat, date: date.isoformat}
_READ: dict[Any, Callable[[Any], Any]] = {UUID: UUID, datetime: datetime.fromisoformat, date: date.fromisoformat}
_NAMES = {str: "text", int: "integer", bool: "boolean", dict: "map", **{kind: kind.__name__.lower() for kind in _WRITE}}


def payload_of(event: Any) -> dict[str, Any]:
    """The event's fields as JSON values."""
    return {field.name: _written(getattr(event, field.name)) for field in dataclasses.fields(event)}


def _written(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_written(item) for item in value]
    return _WRITE[type(value)](value) if type(value) in _WRITE else value


def event_of(kind: type[Any], payload: Mapping[str, Any]) -> Any:
    """The event again. Fields the payload lacks take their defaults, so that a new field may follow old rows."""
    hints = typing.get_type_hints(kind)
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: _read(hints[name], value) for name, value in payload.items() if name in known})


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    inner, is_many = _inner(hint)
    read = _READ.get(inner, lambda item: item)
    return [read(item) for item in value] if is_many else read(value)


def _inner(hint: Any) -> tuple[Any, bool]:
    """The plain type of a field, and whether there are many: `UUID | None` → UUID, `tuple[str, ...]` → str, many."""
    arguments = [argument for argument in typing.get_args(hint) if argument not in (types.NoneType, Ellipsis)]
    if typing.get_origin(hint) in (types.UnionType, typing.Union) and len(arguments) == 1:
        return _inner(arguments[0])
    if typing.get_origin(hint) in (tuple, list) and len(arguments) == 1:
        return typing.get_origin(arguments[0]) or arguments[0], True
    return typing.get_origin(hint) or hint, False


def schema_of(kind: type[Any]) -> dict[str, str]:
    """Field → type, as frozen in docs/reference/events.json. Raises TypeError on a type an event may not carry."""
    hints = typing.get_type_hints(kind)
    schema = {}
    for field in dataclasses.fields(kind):
        inner, is_many = _inner(hints[field.name])
        if inner not in _NAMES:
            raise TypeError(f"{kind.__name__}.{field.name}: an event carries {', '.join(_NAMES.values())}")
        optional = type(None) in typing.get_args(hints[field.name])
        schema[field.name] = _NAMES[inner] + ("[]" if is_many else "") + ("?" if optional else "")
    return schema
