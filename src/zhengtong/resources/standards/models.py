"""Code tables, their editions, and data elements: facts loaded from files, never edited by hand."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import Named


class CodeTable(Named, models.Model):
    """One code table, e.g. GB/T 4754. `is_verified` is false where no copy of the standard was at hand.

    `digest` is that of what ships with the product; `stamp` changes with every write, so that what a process keeps in
    memory is known to be old.
    """

    urn_noun = "code_table"
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    key = models.CharField(max_length=50, unique=True)
    standard = models.CharField(max_length=50, blank=True)
    title = models.JSONField()
    provenance = models.TextField()
    is_verified = models.BooleanField()
    digest = models.CharField(max_length=64)
    stamp = models.UUIDField(default=uuid4)

    class Meta:
        db_table = "standards_code_table"

    def __str__(self) -> str:
        return self.key


class CodeEdition(models.Model):
    """One edition of a table. `valid_from` None: in force since before anybody recorded; `valid_to` None: today's."""

    table = models.ForeignKey(CodeTable, on_delete=models.CASCADE, related_name="editions")
    version = models.CharField(max_length=30)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    source = models.TextField(blank=True)
    is_verified = models.BooleanField()
    is_shipped = models.BooleanField()
    digest = models.CharField(max_length=64)
    count = models.PositiveIntegerField()

    class Meta:
        db_table = "standards_code_edition"
        constraints = [
            models.UniqueConstraint(fields=["table", "version"], name="standards_version_once"),
            models.UniqueConstraint(
                fields=["table", "valid_from"], name="standards_one_edition_a_day", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="standards_edition_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table_id} {self.version}"

    @property
    def day(self) -> date:
        """A day on which it is in force."""
        return self.valid_from or self.valid_to or date.max

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class CodeItem(models.Model):
    """One code with one name below one parent, from its first to its last day (both included; None: open).

    `name_en` is empty for most imported names: they keep their language. A code that was renamed has several rows.
    """

    table = models.ForeignKey(CodeTable, on_delete=models.CASCADE, related_name="items")
    code = models.CharField(max_length=20)
    parent_code = models.CharField(max_length=20, blank=True)
    level = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=150, blank=True)
    initials = models.CharField(max_length=100)
    is_leaf = models.BooleanField()
    is_verified = models.BooleanField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "standards_code_item"
        constraints = [
            models.UniqueConstraint(
                fields=["table", "code", "valid_from"], name="standards_code_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(fields=["table", "parent_code", "position"], name="standards_code_children"),
            models.Index(fields=["table", "position", "code"], name="standards_code_order"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def label(self) -> dict[str, str]:
        """The name as a text map; without `en` where none is known."""
        return {"zh": self.name, "en": self.name_en} if self.name_en else {"zh": self.name}


class CodeChange(models.Model):
    """What became of a code on a day; several rows of one code and day: it was split. No `to_code`: nothing."""

    class Kind(models.TextChoices):
        RECODED = "recoded", _("改编码")
        RENAMED = "renamed", _("更名")
        MERGED = "merged", _("并入")
        SPLIT = "split", _("拆分")
        ABOLISHED = "abolished", _("废止")

    table = models.ForeignKey(CodeTable, on_delete=models.CASCADE, related_name="changes")
    from_code = models.CharField(max_length=20)
    to_code = models.CharField(max_length=20, blank=True)
    on_day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.TextField(blank=True)
    is_inferred = models.BooleanField()
    is_shipped = models.BooleanField()

    class Meta:
        db_table = "standards_code_change"
        constraints = [
            models.UniqueConstraint(fields=["table", "from_code", "on_day", "to_code"], name="standards_change_once")
        ]

    def __str__(self) -> str:
        return f"{self.from_code} → {self.to_code or '—'} {self.on_day}"


class DataElement(Named, models.Model):
    """数据元, one version. `spec` is the whole definition as `rules.elements.Element` reads it; a version is fixed."""

    class Status(models.TextChoices):
        STANDARD = "standard", _("标准")
        DRAFT = "draft", _("草案")
        RETIRED = "retired", _("废止")

    urn_noun = "data_element"
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    identifier = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status)
    theme = models.CharField(max_length=40)
    name = models.JSONField()
    spec = models.JSONField()
    code_table = models.CharField(max_length=50, blank=True, db_index=True)
    words = models.TextField()
    digest = models.CharField(max_length=64)
    is_shipped = models.BooleanField()

    class Meta:
        db_table = "standards_data_element"
        constraints = [models.UniqueConstraint(fields=["identifier", "version"], name="standards_element_once")]

    def __str__(self) -> str:
        return f"{self.identifier} v{self.version}"
