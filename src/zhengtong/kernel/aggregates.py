"""A row together with the rows that hang on it, in one query: each relation comes as one JSON array.

What was read so stands where Django keeps prefetched rows: `parent.<relation>.all()` asks no more; a further filter
does ask. Meant for few parents with some dozens of rows each, not for bulk.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from django.db.models import JSONField, Model, QuerySet
from django.db.models.expressions import RawSQL

M = TypeVar("M", bound=Model)


def together(parents: QuerySet[M], *relations: str) -> list[M]:
    """The rows of `parents`, each with its rows of the relations (reverse foreign keys), the oldest first."""
    found = list(parents.annotate(**{_place(name): rows_of(parents.model, name) for name in relations}))
    for parent in found:
        for name in relations:
            _attach(parent, name, parent.__dict__.pop(_place(name)))
    return found


def rows_of(model: type[Model], relation: str) -> RawSQL:
    """An annotation for rows of `model`: those of the relation as plain values by column, for `unpack`."""
    return RawSQL(_sql(model, relation), (), output_field=JSONField())  # noqa: S611  (names of our own tables)


@cache
def _sql(model: type[Model], relation: str) -> str:
    """Written out: Django would take longer to put together an expression for every column than to read the rows."""
    reverse: Any = model._meta.get_field(relation)
    child, parent = reverse.related_model._meta, model._meta
    rows = f"""coalesce(jsonb_agg(to_jsonb(child) ORDER BY child."{child.pk.column}"), '[]')"""
    hang_on = f'child."{reverse.field.column}" = "{parent.db_table}"."{parent.pk.column}"'
    return f'SELECT {rows} FROM "{child.db_table}" child WHERE {hang_on}'  # noqa: S608  (names of our own tables)


def unpack(model: type[M], rows: Iterable[dict[str, Any]]) -> list[M]:
    """The rows as instances, each column in its own type."""
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    return [model.from_db("default", names, [f.to_python(row[str(f.column)]) for f in fields]) for row in rows]


def _place(relation: str) -> str:
    return f"together_{relation}"


def _attach(parent: Model, name: str, rows: list[dict[str, Any]]) -> None:
    manager = getattr(parent, name)
    children = unpack(manager.model, rows)
    for child in children:
        setattr(child, manager.field.name, parent)
    kept = manager.get_queryset()
    kept._result_cache, kept._prefetch_done = children, True
    parent.__dict__.setdefault("_prefetched_objects_cache", {})[name] = kept
