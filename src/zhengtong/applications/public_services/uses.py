"""Which forms of the services in force bind a data element or a code table; what their cases hold is not counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from zhengtong.kernel.texts import Texts
from zhengtong.resources.standards.providers import Use

from .models import PublicService


class FormUses:
    """The socket of the standards, filled with the fields of published forms."""

    label: Texts = {"zh": "办事表单", "en": "Forms of services"}

    def uses_of_element(self, identifier: str) -> Sequence[Use]:
        return _uses(lambda field: field.get("x-data-element") == identifier)

    def uses_of_table(self, key: str) -> Sequence[Use]:
        return _uses(lambda field: (field.get("x-options") or {}).get("table") == key)

    def codes_in_use(self, table: str, codes: Collection[str]) -> Mapping[str, int]:  # noqa: ARG002
        """A form offers whatever is valid on the day; the answers of cases are encrypted and keep their old names."""
        return {}


def _uses(is_meant: Callable[[Mapping[str, Any]], bool]) -> list[Use]:
    services = PublicService.objects.filter(status=PublicService.Status.ACTIVE, current_version__isnull=False)
    rows = services.order_by("sort_key").values_list("key", "title", "current_version__form")
    return [
        Use(title, field.get("x-title") or {"zh": name, "en": name}, f"/services/{key}/")
        for key, title, form in rows
        for name, field in ((form or {}).get("schema", {}).get("properties", {})).items()
        if is_meant(field)
    ]
