"""The OpenAPI 3.1 description of one register, made from its definition: keys, fields and claims with their types."""

from __future__ import annotations

from typing import Any

from .definition.model import Definition, Field, Type
from .purposes import PURPOSES

_TYPES: dict[Type, dict[str, Any]] = {
    Type.DATE: {"type": "string", "format": "date"}, Type.INTEGER: {"type": "integer"},
    Type.MONEY: {"type": "integer", "minimum": 0, "description": "fen"}, Type.DECIMAL: {"type": "number"},
    Type.BOOLEAN: {"type": "boolean"}, Type.DEGREES: {"type": "number", "minimum": -180, "maximum": 180},
    Type.GEOMETRY: {"type": "object", "description": "GeoJSON, longitude and latitude"},
}  # fmt: skip


def openapi(definition: Definition) -> dict[str, Any]:
    """The operations of `/api/v1/registers/{key}/…` for this register."""
    base = f"/api/v1/registers/{definition.key}"
    record = {"$ref": "#/components/schemas/Record"}
    asked = {"$ref": "#/components/schemas/Key"}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{definition.label['zh']} {definition.label['en']}", "version": "1",
                 "description": definition.description["en"]},
        "paths": {
            f"{base}/read": _operation("Read a record by its key", {"key": asked}, record),
            f"{base}/history": _operation("A record as of a day", {
                "key": asked, "on": {"type": "string", "format": "date"},
                "known": {"type": "string", "format": "date-time"},
            }, record, optional=("on", "known")),
            f"{base}/batch": _operation(
                "Read up to 200 records", {"keys": {"type": "array", "items": asked, "minItems": 1, "maxItems": 200}},
                {"type": "array", "items": {"anyOf": [record, {"type": "null"}]}},
            ),
            f"{base}/verify": _operation(
                "Verify without disclosure", {"key": asked, "claims": {"$ref": "#/components/schemas/Claims"}},
                {"$ref": "#/components/schemas/Verdicts"},
            ),
        },
        "components": {"schemas": _schemas(definition)},
    }  # fmt: skip


def _operation(
    summary: str, body: dict[str, Any], answer: dict[str, Any], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    purpose = {"type": "string", "enum": list(PURPOSES)}
    properties = {**body, "purpose": purpose, "matter": {"type": "string", "minLength": 1, "maxLength": 200}}
    schema = {"type": "object", "properties": properties, "required": [n for n in properties if n not in optional]}
    return {
        "post": {
            "summary": summary,
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {
                "200": {"description": "OK", "content": {"application/json": {"schema": answer}}},
                "default": {"description": "A problem (RFC 9457)", "content": {"application/problem+json": {}}},
            },
        }
    }


def _schemas(definition: Definition) -> dict[str, Any]:
    shown = [one for one in definition.fields if one.type is not Type.URN]
    keys = [
        {
            "type": "object", "required": list(key), "additionalProperties": False,
            "properties": {name: typed(definition.by_name[name]) for name in key},
        }
        for key in definition.keys
    ]  # fmt: skip
    claims = {one.name: typed(one) for one in shown if one.type is not Type.GEOMETRY and not one.is_retired}
    verdict = {"type": "string", "enum": ["yes", "no", "not_found"]}
    return {
        "Key": {"oneOf": keys},
        "Record": {
            "type": "object",
            "properties": {
                "uuid": {"type": "string", "format": "uuid"}, "urn": {"type": "string"},
                "valid_from": {"type": "string", "format": "date"},
                "valid_to": {"type": ["string", "null"], "format": "date"},
                "recorded_at": {"type": "string", "format": "date-time"}, "is_synthetic": {"type": "boolean"},
                "fields": {"type": "object", "properties": {one.name: _seen(one) for one in shown}},
            },
        },
        "Claims": {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": claims},
        "Verdicts": {
            "type": "object",
            "properties": {"verdicts": {"type": "object", "additionalProperties": verdict}},
        },
    }  # fmt: skip


def _seen(one: Field) -> dict[str, Any]:
    """A field of an answer: its value, text with stars where it is masked, null where it is absent or empty."""
    return {
        "type": "object", "title": one.label["en"], "description": one.label["zh"],
        "properties": {
            "value": {"anyOf": [typed(one), *([{"type": "string"}] if one.mask else []), {"type": "null"}]},
            "sight": {"type": "string", "enum": ["whole", "masked", "absent"]},
            "source": {"type": "object"}, "is_disputed": {"type": "boolean"},
        },
    }  # fmt: skip


def typed(one: Field) -> dict[str, Any]:
    """The JSON Schema of a field's value."""
    if one.type is Type.CHOICE:
        return {"type": "string", "enum": list(one.values)}
    found = dict(_TYPES.get(one.type, {"type": "string"}))
    if one.type in (Type.TEXT, Type.CODE) and one.length:
        found["maxLength"] = one.length
    if one.code_table:
        found["description"] = f"a code of {one.code_table}"
    return found
