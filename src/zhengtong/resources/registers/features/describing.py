"""What conforms to OGC API - Features here, and its OpenAPI 3.0 description."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from zhengtong.kernel.texts import localised

from .asking import MOST
from .collections import Collection

CONFORMS = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "oas30", "geojson")
)


def caution() -> str:
    """Said wherever positions are given."""
    return _(
        "坐标为登记机关登记的经纬度，按 CRS84 提供，未作转换；按 GCJ-02 坐标登记的，与 WGS84 相差约一百至七百米。"
        "演示数据的位置由 GCJ-02 近似换算而来。"
    )


def openapi(found: Iterable[Collection], address: str) -> dict[str, Any]:
    """OpenAPI 3.0.3 of these collections."""
    paths: dict[str, Any] = {
        path: _get(summary) for path, summary in (
            ("/", "Landing page"), ("/conformance", "Conformance"), ("/collections", "Collections"),
        )
    }  # fmt: skip
    for one in found:
        label = localised(one.definition.label)
        paths[f"/collections/{one.key}"] = _get(label)
        paths[f"/collections/{one.key}/items"] = _get(label, _FILTERS, "application/geo+json")
        uuid = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        paths[f"/collections/{one.key}/items/{{featureId}}"] = _get(label, [uuid], "application/geo+json")
    return {
        "openapi": "3.0.3", "info": {"title": "OGC API - Features", "version": "1", "description": caution()},
        "servers": [{"url": address}], "paths": paths,
    }  # fmt: skip


_FILTERS: list[dict[str, Any]] = [
    {"name": "bbox", "in": "query", "style": "form", "explode": False,
     "schema": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}},
    {"name": "datetime", "in": "query", "schema": {"type": "string"}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100}},
]  # fmt: skip
_READING: list[dict[str, Any]] = [
    {"name": name, "in": "query", "description": "to see what is not open to all", "schema": {"type": "string"}}
    for name in ("purpose", "matter")
]


def _get(summary: str, parameters: Iterable[dict[str, Any]] = (), kind: str = "application/json") -> dict[str, Any]:
    answers = {
        "200": {"description": "OK", "content": {kind: {"schema": {"type": "object"}}}},
        "default": {"description": "A problem (RFC 9457)", "content": {"application/problem+json": {}}},
    }
    return {"get": {"summary": summary, "parameters": [*parameters, *_READING], "responses": answers}}
