"""Layouts are kept by digest: what a credential looked like when it was issued stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zhengtong.kernel.texts import Texts

from .. import rules
from ..models import CredentialType, Layout


def keep_layout(title: Texts, fields: Sequence[Mapping[str, Any]], template: str) -> Layout:
    """The stored layout of this title, these fields and this template."""
    plain = [{"key": field["key"], "title": dict(field["title"])} for field in fields]
    facts = {"title": dict(title), "fields": plain, "template": template}
    digest = rules.layout_digest(title, fields, template)
    layout, _made = Layout.objects.get_or_create(digest=digest, defaults=facts)
    return layout


def layout_for(kind: CredentialType, data: Mapping[str, Any], template: str | None) -> Layout:
    """The layout for these fields: the type's present one, or that of an earlier edition, for a case stays on the
    version it was filed under. A template of its own makes a new one."""
    for layout in _layouts(kind):
        if template in (None, layout.template) and set(data) <= {field["key"] for field in layout.fields}:
            return layout
    return kind.layout if template is None else keep_layout(kind.title, kind.layout.fields, template)


def _layouts(kind: CredentialType) -> Iterator[Layout]:
    """The present one, then the past ones, read only where the present one does not do."""
    yield kind.layout
    yield from kind.layouts.exclude(pk=kind.layout_id).order_by("-id")
