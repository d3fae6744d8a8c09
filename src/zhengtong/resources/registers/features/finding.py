"""Records of a register in a box: by the index over their boxes, page by page in the order of their uuids.

PostgreSQL guesses that any box holds one record in two hundred; so whether to fetch those in the box and sort them, or
to walk the uuids until enough lie in it, is decided by a look at the index first.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from .. import rows
from ..definition.model import Definition
from ..definition.spatial import Shape
from ..rows import Row
from .asking import Asked, Box

FEW = 20_000  # records in a box that are fetched and sorted


def find(definition: Definition, shape: Shape, asked: Asked, names: list[str]) -> list[Row]:
    """At most `limit` and one more, to tell whether there are more."""
    conditions, params = _conditions(asked)
    if asked.box is not None:
        near, of_box = _in_boxes(shape, asked.boxes)
        few = _few(definition, near, of_box)
        conditions.append(near if few is None else "id = ANY (%s)")
        params += of_box if few is None else [few]
    return rows.select(
        definition, " AND ".join(conditions) or "true", params, names=names, order="uuid", limit=asked.limit + 1
    )


def find_one(definition: Definition, uuid: UUID, names: list[str]) -> Row | None:
    return next(iter(rows.select(definition, "uuid = %s", [uuid], names=names)), None)


def _conditions(asked: Asked) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    params: list[Any] = []
    if asked.after is not None:
        conditions.append("uuid > %s")
        params.append(asked.after)
    if asked.until is not None:
        conditions.append("valid_from <= %s")
        params.append(asked.until)
    return conditions, params


def _in_boxes(shape: Shape, boxes: list[Box]) -> tuple[str, list[float]]:
    parts, params = [], []
    is_exact = not shape.is_point and has_postgis()
    for box in boxes:
        part, found = f"{shape.box} && box(point(%s, %s), point(%s, %s))", [*box]
        if is_exact:
            part += (
                f" AND ST_Intersects(ST_SetSRID(ST_GeomFromGeoJSON({shape.fields[0]}::text), 4326), "
                "ST_MakeEnvelope(%s, %s, %s, %s, 4326))"
            )
            found += box
        parts.append(f"({part})")
        params += found
    return f"({' OR '.join(parts)})", params


def _few(definition: Definition, near: str, params: list[float]) -> list[int] | None:
    """The records in the box, or None where there are many."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {definition.table} WHERE {near} LIMIT {FEW + 1}", params)  # noqa: S608  (names only)
        found = [number for (number,) in cursor.fetchall()]
    return found if len(found) <= FEW else None


def has_postgis() -> bool:
    """With PostGIS a shape itself has to meet the box; without, its own box has to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'")
        return bool(cursor.fetchone()[0])
