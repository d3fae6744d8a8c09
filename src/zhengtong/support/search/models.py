"""Everything that can be searched, one row each, whatever it is."""

from __future__ import annotations

from django.db import models


class VectorField(models.Field):
    """PostgreSQL's tsvector. Written and asked by SQL only."""

    def db_type(self, connection: object) -> str:  # noqa: ARG002
        return "tsvector"


class SearchDocument(models.Model):
    """`collection` names the kind ("services"), `key` the thing within it; `payload` is what a result list shows.

    `filters` is matched by containment; `boost` lifts what many people want; `sort_key` is pinyin.
    The GIN index on `vector` stands in the migration.
    """

    collection = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    payload = models.JSONField(default=dict)
    filters = models.JSONField(default=dict)
    boost = models.SmallIntegerField(default=0)
    sort_key = models.CharField(max_length=200, default="")
    vector = VectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "key"], name="search_key")]
        indexes = [models.Index("collection", models.F("boost").desc(), "sort_key", name="search_browse")]

    def __str__(self) -> str:
        return f"{self.collection}/{self.key}"
