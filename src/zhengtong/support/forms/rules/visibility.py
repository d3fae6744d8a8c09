"""Which fields are asked, given the answers so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .form import Field, Form
from .reading import without_controls


def visible_fields(form: Form, data: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields that apply, in order. A hidden field's answer counts for nothing, so it cannot show another one."""
    counted: dict[str, Any] = {}
    visible = []
    for name, one in form.fields.items():
        if one.condition is not None and not one.condition.truth({"form": counted}):
            continue
        visible.append(one)
        if name in data:
            counted[name] = data[name]
    return tuple(visible)


def visible_data(form: Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that count."""
    names = {one.name for one in visible_fields(form, data)}
    return {name: value for name, value in without_controls(data).items() if name in names}
