"""Divisions, organisations, posts, and who holds them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from zhengtong.kernel.ids import Named


class Division(models.Model):
    """行政区划. `path` holds the codes from the province down (`51/5116/511602`) and names the row; a code alone does
    not, since a city without counties stands at two levels."""

    class Level(models.IntegerChoices):
        PROVINCE = 1
        CITY = 2
        COUNTY = 3
        TOWN = 4

    code = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    level = models.SmallIntegerField(choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, to_field="path", db_column="parent_path", related_name="children"
    )
    path = models.CharField(max_length=40, unique=True)
    pinyin = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "level"], name="division_once_per_level"),
            models.CheckConstraint(condition=models.Q(code__regex=r"^\d{12}$"), name="division_code_12_digits"),
        ]
        indexes: ClassVar = [models.Index(fields=["parent", "pinyin"], name="division_children")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code6 if self.level < self.Level.TOWN else self.code[:9]})"

    @property
    def code6(self) -> str:
        """The code of GB/T 2260; of a town, that of its county."""
        return self.code[:6]


class Organisation(Named, models.Model):
    """部门. `key` is its stable name in service packages; `uscc` may be unknown; `basis` says why this code."""

    urn_noun = "organisation"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=200)
    official_name = models.CharField(max_length=200)
    uscc = models.CharField(max_length=18, unique=True, null=True, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, to_field="path", db_column="division_path")
    competences = models.JSONField(default=dict)  # {"zh": …, "en": …}
    basis = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["order", "key"]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> dict[str, str]:
        return {"zh": self.name, "en": self.name_en}


class Post(Named, models.Model):
    """岗位. Rights belong to posts, not to people; `is_head` marks the one who answers for the organisation."""

    urn_noun = "post"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    title = models.JSONField()
    is_head = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.organisation.name} {self.title.get('zh', '')}"


class Appointment(Named, models.Model):
    """Somebody holds a post from `since` to `until`. Never deleted: papers signed long ago keep their signatory."""

    urn_noun = "appointment"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    account_uuid = models.UUIDField(db_index=True)
    holder_name = models.CharField(max_length=100)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["post", "account_uuid"], condition=models.Q(until=None), name="appointment_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="appointment_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder_name}: {self.post_id}"
