"""Which post holds which role, and since when."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from zhengtong.kernel.ids import Named


class RoleBindings(models.QuerySet["RoleBinding"]):
    def in_force(self) -> RoleBindings:
        """Bindings in force now, by the database's clock: nobody gains a right by a wrong `at`."""
        return self.filter(since__lte=Now()).filter(models.Q(until=None) | models.Q(until__gt=Now()))

    def of_posts(self, posts: Iterable[uuid.UUID]) -> RoleBindings:
        return self.filter(post_uuid__in=list(posts))


class RoleBinding(Named, models.Model):
    """A role given to a post. Never deleted: it ends (`until`), so that an old act can still be judged."""

    urn_noun = "role_binding"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    role = models.CharField(max_length=50)
    post_uuid = models.UUIDField(db_index=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    bound_by_urn = models.CharField(max_length=120)

    objects: ClassVar[RoleBindings] = RoleBindings.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["role", "post_uuid"], condition=models.Q(until=None), name="role_binding_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="role_binding_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} @ {self.post_uuid}"
