"""Services, their published versions, and the events under which people look for them."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import Named


def _keys(max_length: int = 60) -> ArrayField:
    return ArrayField(models.CharField(max_length=max_length), default=list, blank=True)


class Event(models.Model):
    """一件事: a business event or life event, under which several services are found."""

    class Kind(models.TextChoices):
        BUSINESS = "business", _("法人一件事")
        LIFE = "life", _("个人一件事")

    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.JSONField()
    description = models.JSONField(default=dict)
    icon = models.CharField(max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.key


class PublicService(Named, models.Model):
    """政务服务事项. Either imported from the local list (a guide page, «information only») or run by a package.

    `lang` is `zh` where the texts are imported Chinese data that are not translated. `sort_key` is pinyin,
    compared byte by byte.
    """

    urn_noun = "service"

    class Status(models.TextChoices):
        ACTIVE = "active", _("在用")
        RETIRED = "retired", _("停用")

    id: int
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=80, unique=True)
    item_code = models.CharField(max_length=60, null=True, blank=True, unique=True)
    item_key = models.CharField(max_length=80, null=True, blank=True, unique=True)
    basic_code = models.CharField(max_length=40, blank=True)
    title = models.JSONField()
    summary = models.JSONField(default=dict, blank=True)
    main_item = models.CharField(max_length=300, blank=True)
    lang = models.CharField(max_length=2, blank=True)
    organisation_uuid = models.UUIDField(null=True, blank=True)
    department_name = models.CharField(max_length=100, blank=True)
    division_code = models.CharField(max_length=12)
    task_type = models.CharField(max_length=2)
    audience = _keys()
    topics = _keys()
    event_keys = _keys()
    covers = _keys()
    is_hot = models.BooleanField(default=False)
    sort_key = models.CharField(max_length=400, db_collation="C")
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    current_version = models.ForeignKey(
        "ServiceVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["sort_key", "id"]
        indexes = [
            models.Index("organisation_uuid", "sort_key", name="service_by_organisation"),
            models.Index("sort_key", "id", name="service_by_name"),
            GinIndex(fields=["topics"], name="service_by_topic"),
            GinIndex(fields=["event_keys"], name="service_by_event"),
            GinIndex(fields=["covers"], name="service_by_covered_item"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_information_only(self) -> bool:
        """Has a guide page, but cannot be applied for on line yet."""
        return self.current_version_id is None


class ServiceVersion(Named, models.Model):
    """One published, immutable edition of a package. A case stays on the version it was filed under.

    Only `status` and `retired_at` ever change; a trigger of the database refuses anything else.
    """

    urn_noun = "version"

    class Status(models.TextChoices):
        PUBLISHED = "published", _("已发布")
        RETIRED = "retired", _("已停用")

    id: int
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    service = models.ForeignKey(PublicService, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    manifest = models.JSONField()
    form = models.JSONField()
    guide = models.JSONField()
    templates = models.JSONField(default=dict)
    files = models.JSONField(default=dict)
    process_definition_uuid = models.UUIDField()
    organisations = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=9, choices=Status, default=Status.PUBLISHED)
    published_at = models.DateTimeField()
    published_by_urn = models.CharField(max_length=200)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["service", "number"], name="service_version_number"),
            models.UniqueConstraint(
                fields=["service"], condition=models.Q(status="published"), name="service_one_published_version"
            ),
            models.CheckConstraint(
                condition=models.Q(status="published", retired_at=None)
                | models.Q(status="retired", retired_at__isnull=False),
                name="service_version_retired_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} v{self.number}"

    def retire(self, at: Any) -> None:
        self.status, self.retired_at = self.Status.RETIRED, at
        self.save(update_fields=["status", "retired_at"])

    def organisation_of(self, authority: str) -> UUID:
        """The organisation that the package's authority key meant when this version was published."""
        return UUID(self.organisations[authority])
