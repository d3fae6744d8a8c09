"""The templates of credentials: each must compile with the fields that the package gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import ZhengtongError
from zhengtong.resources.credentials import services as credentials

from .faults import Fault
from .reading import Package
from .walking import entries

_SPECIMEN = "示例"


def check(package: Package) -> Iterator[Fault]:
    """Draws a specimen of every credential."""
    for path, entry in entries(package.manifest, "credentials"):
        template = package.text(str(entry.get("template")))
        if template is None:
            continue
        try:
            credentials.specimen(title=entry["title"], fields=_fields(entry), template=template)
        except ZhengtongError as error:
            yield package.document.fault(
                (*path, "template"), "template-faulty",
                _("证照模板“%(name)s”无法排版：%(problem)s") % {"name": entry["template"], "problem": error.message},
                error.remedy or _("请按 typst 语法改正；可用的数据见说明文档。"),
            )  # fmt: skip


def _fields(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": field["key"], "title": field["title"], "value": _SPECIMEN} for field in entry["fields"]]
