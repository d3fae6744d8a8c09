"""Where a record lies: the field with its shape, or its longitude and latitude, and the box that an index covers."""

from __future__ import annotations

from dataclasses import dataclass

from .model import BOX, Definition, Type

POINT = ("longitude", "latitude")


@dataclass(frozen=True, slots=True)
class Shape:
    """`fields`: one of GeoJSON, or the two of a point. `box`: SQL over their columns, as it is indexed."""

    fields: tuple[str, ...]
    box: str

    @property
    def is_point(self) -> bool:
        return self.fields == POINT


def shape_of(definition: Definition) -> Shape | None:
    """None for a register whose records lie nowhere."""
    for one in definition.fields:
        if one.type is Type.GEOMETRY:
            west, south, east, north = (f"{one.name}_{side}" for side in BOX)
            return Shape((one.name,), f"box(point({west}, {south}), point({east}, {north}))")
    found = [one for one in definition.fields if one.type is Type.DEGREES and one.name in POINT]
    if len(found) == len(POINT):
        return Shape(POINT, "box(point(longitude, latitude), point(longitude, latitude))")
    return None
