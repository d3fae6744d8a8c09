"""The templates of credentials: each must compile with the fields that the package gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zhengtong.kernel.documents.said import say as _
from zhengtong.kernel.errors import ZhengtongError
from zhengtong.resources.credentials import services as credentials

from .faults import Fault
from .reading import Package
from .walking import entries, mapping

_SPECIMEN = "示例"


def check(package: Package) -> Iterator[Fault]:
    """Draws a specimen of every credential whose description can be read."""
    for path, entry in entries(package.manifest, "credentials"):
        template = package.text(str(entry.get("template")))
        if template is None:
            continue
        try:
            credentials.specimen(title=_title(entry), fields=_fields(entry), template=template)
        except ZhengtongError as error:
            yield package.document.fault(
                (*path, "template"),
                "template-faulty",
                _("证照模板“%(name)s”无法排版：%(problem)s") % {"name": entry["template"], "problem": error.message},
                error.remedy or _("请按 typst 语法改正；可用的数据见说明文档。"),
            )


def _title(entry: Mapping[str, Any]) -> dict[str, str]:
    return {"zh": _SPECIMEN, "en": "Specimen", **mapping(entry.get("title"))}


def _fields(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every field with a specimen value; those without a key are left out (the schema tells)."""
    return [
        {"key": str(field["key"]), "title": _title(field), "value": _SPECIMEN}
        for _path, field in entries(entry, "fields")
        if "key" in field
    ]
