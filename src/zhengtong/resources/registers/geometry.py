"""GeoJSON shapes (RFC 7946) without an extension of the database: their box, and whether they are shapes at all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
MOST_POINTS = 100_000
Box = tuple[float, float, float, float]


def box_of(shape: Mapping[str, Any]) -> Box:
    """West, south, east, north in degrees. Raises ValueError for what is no geometry of longitudes and latitudes."""
    depth = DEPTHS.get(str(shape["type"]))
    if depth is None:
        raise ValueError(f"no geometry: {shape['type']}")
    points = list(_points(shape["coordinates"], depth))
    if not points or len(points) > MOST_POINTS:
        raise ValueError(f"{len(points)} points")
    if shape["type"].endswith("Polygon"):
        _check_rings(
            shape["coordinates"] if depth == DEPTHS["Polygon"] else [r for p in shape["coordinates"] for r in p]
        )
    longitudes, latitudes = [p[0] for p in points], [p[1] for p in points]
    box = (min(longitudes), min(latitudes), max(longitudes), max(latitudes))
    if not (box[0] >= -180 and box[2] <= 180 and box[1] >= -90 and box[3] <= 90):
        raise ValueError("not on earth")
    return box


def _points(coordinates: Any, depth: int) -> Iterator[tuple[float, float]]:
    if depth:
        for inner in coordinates:
            yield from _points(inner, depth - 1)
        return
    longitude, latitude = coordinates[0], coordinates[1]
    if isinstance(longitude, bool) or not isinstance(longitude, int | float) or not isinstance(latitude, int | float):
        raise ValueError("a position is two numbers")
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        raise ValueError("not a number")
    yield float(longitude), float(latitude)


def _check_rings(rings: Any) -> None:
    if not all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings):
        raise ValueError("a ring has four positions or more and ends where it began")
