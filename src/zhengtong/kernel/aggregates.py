"""A row together with the rows that hang on it, in one query: each relation comes as an array of JSON objects.

What was read so stands where Django keeps prefetched rows: `parent.<relation>.all()` asks no more; a further filter
does ask. Meant for few parents with some dozens of rows each, not for bulk.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, QuerySet
from django.db.models.functions import JSONObject

M = TypeVar("M", bound=Model)


def together(parents: QuerySet[M], *relations: str) -> list[M]:
    """The rows of `parents`, each with its rows of the relations (reverse foreign keys), the oldest first."""
    found = list(parents.annotate(**{_place(name): rows_of(parents.model, name) for name in relations}))
    for parent in found:
        for name in relations:
            _attach(parent, name, parent.__dict__.pop(_place(name)))
    return found


def rows_of(model: type[Model], relation: str) -> ArraySubquery:
    """An annotation for rows of `model`: those of the relation as plain values, for `unpack`."""
    reverse: Any = model._meta.get_field(relation)
    children = reverse.related_model._base_manager.filter(**{reverse.field.name: OuterRef("pk")}).order_by("pk")
    columns = {field.attname: field.attname for field in reverse.related_model._meta.concrete_fields}
    return ArraySubquery(children.values(row=JSONObject(**columns)))


def unpack(model: type[M], rows: Iterable[dict[str, Any]]) -> list[M]:
    """The rows as instances, each column in its own type."""
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    return [model.from_db("default", names, [f.to_python(row[f.attname]) for f in fields]) for row in rows]


def holds(parent: Model, relation: str) -> bool:
    """Whether the rows of the relation were read together with the parent."""
    return relation in getattr(parent, "_prefetched_objects_cache", {})


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
