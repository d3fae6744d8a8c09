"""Code tables of the standards: facts loaded from shipped files, never edited by hand."""

from __future__ import annotations

from django.db import models


class CodeTable(models.Model):
    """One code table, e.g. GB/T 4754. `is_verified` is false where no copy of the standard was at hand."""

    key = models.CharField(max_length=50, unique=True)
    standard = models.CharField(max_length=50, blank=True)
    title = models.JSONField()
    provenance = models.TextField()
    is_verified = models.BooleanField()
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "standards_code_table"

    def __str__(self) -> str:
        return self.key


class CodeItem(models.Model):
    """One code of a table. `name_en` is empty for most imported names: they keep their language."""

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

    class Meta:
        db_table = "standards_code_item"
        constraints = [models.UniqueConstraint(fields=["table", "code"], name="standards_code_once")]
        indexes = [models.Index(fields=["table", "parent_code", "position"], name="standards_code_children")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def label(self) -> dict[str, str]:
        """The name as a text map; without `en` where none is known."""
        return {"zh": self.name, "en": self.name_en} if self.name_en else {"zh": self.name}
