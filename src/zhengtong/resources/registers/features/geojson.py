"""Records as GeoJSON features (RFC 7946): a shape, and every field that the reader sees whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ..definition.spatial import Shape
from ..sights import Seen, Sight
from ..values import plain


def feature(uuid: UUID, fields: Sequence[Seen], shape: Shape, own: Mapping[str, Any]) -> dict[str, Any]:
    """Masked fields are left out: a map needs no stars. `own`: what is said of the record itself."""
    whole = {one.name: one.value for one in fields if one.sight is Sight.WHOLE}
    properties = {name: plain(value) for name, value in whole.items() if name not in shape.fields}
    disputed = [one.name for one in fields if one.is_disputed]
    return {
        "type": "Feature", "id": str(uuid), "geometry": geometry(whole, shape),
        "properties": {**properties, **own, "_disputed": disputed},
    }  # fmt: skip


def geometry(whole: Mapping[str, Any], shape: Shape) -> dict[str, Any] | None:
    if not shape.is_point:
        return whole.get(shape.fields[0])
    longitude, latitude = (whole.get(name) for name in shape.fields)
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}
