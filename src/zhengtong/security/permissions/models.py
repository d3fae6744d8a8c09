"""Which post holds which role, and since when."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from zhengtong.kernel.ids import Named

from .rules import Extent, Reach, Secrecy


class Reaching(models.Model):
    """`extent`: which part of the tree; `clearance`: up to which level of secrecy; `purposes`: for which purposes, null
    where only the policies say so.
    """

    extent = models.CharField(
        max_length=12, choices=[(e.value, e.value) for e in Extent], default=Extent.ORGANISATION.value
    )
    clearance = models.PositiveSmallIntegerField(
        choices=[(level.value, level.key) for level in Secrecy], default=Secrecy.INTERNAL.value
    )
    purposes = ArrayField(models.CharField(max_length=50), null=True, default=None)

    class Meta:
        abstract = True

    @property
    def reach(self) -> Reach:
        purposes = None if self.purposes is None else frozenset(self.purposes)
        return Reach(Extent(self.extent), Secrecy(self.clearance), purposes)


class RoleBindings(models.QuerySet["RoleBinding"]):
    def in_force(self) -> RoleBindings:
        """Bindings in force now, by the database's clock: nobody gains a right by a wrong `at`."""
        return self.filter(since__lte=Now()).filter(models.Q(until=None) | models.Q(until__gt=Now()))

    def of_posts(self, posts: Iterable[uuid.UUID]) -> RoleBindings:
        return self.filter(post_uuid__in=list(posts))


class RoleBinding(Named, Reaching):
    """A role given to a post, and how far it reaches there. Never deleted: it ends (`until`), so that an old act can
    still be judged. Another reach is another binding.
    """

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
            models.CheckConstraint(
                condition=models.Q(extent__in=[e.value for e in Extent]), name="role_binding_known_extent"
            ),
            models.CheckConstraint(
                condition=models.Q(clearance__lte=max(Secrecy).value), name="role_binding_known_clearance"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} @ {self.post_uuid}"


class Delegations(models.QuerySet["Delegation"]):
    def in_force(self) -> Delegations:
        """By the database's clock, as for bindings; it ends by itself."""
        return self.filter(since__lte=Now(), until__gt=Now(), ended_at=None)


class Delegation(Named, Reaching):
    """授权代行: the holder of a post lets a colleague of the same organisation do certain acts of it for a time.

    Organisation, division and names are those of the day it was given. Its reach is a limit beside that of the post.
    Never deleted: acts done under it refer to it.
    """

    urn_noun = "delegation"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    post_uuid = models.UUIDField()
    organisation_uuid = models.UUIDField()
    division_path = models.CharField(max_length=40)
    post_title = models.CharField(max_length=200, blank=True)
    actions = ArrayField(models.CharField(max_length=100))
    giver_uuid = models.UUIDField(db_index=True)
    giver_urn = models.CharField(max_length=120)
    giver_name = models.CharField(max_length=100)
    receiver_uuid = models.UUIDField(db_index=True)
    receiver_name = models.CharField(max_length=100)
    reason = models.CharField(max_length=200)
    since = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_urn = models.CharField(max_length=120, blank=True)

    objects: ClassVar[Delegations] = Delegations.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(until__gt=models.F("since")), name="delegation_ends_after_start"),
            models.CheckConstraint(condition=~models.Q(actions=[]), name="delegation_of_something"),
            models.CheckConstraint(
                condition=~models.Q(giver_uuid=models.F("receiver_uuid")), name="delegation_to_another"
            ),
            models.CheckConstraint(
                condition=models.Q(extent__in=[e.value for e in Extent]), name="delegation_known_extent"
            ),
            models.CheckConstraint(
                condition=models.Q(clearance__lte=max(Secrecy).value), name="delegation_known_clearance"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver_name} → {self.receiver_name}"
