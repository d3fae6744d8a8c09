"""Layouts are kept by digest: what a credential looked like when it was issued stays as it was."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from zhengtong.kernel.texts import Texts

from .. import rules
from ..models import Layout


def keep_layout(title: Texts, fields: Sequence[Mapping[str, Any]], template: str) -> Layout:
    """The stored layout of this title, these fields and this template."""
    facts = {"title": dict(title), "fields": [{"key": f["key"], "title": dict(f["title"])} for f in fields]}
    digest = hashlib.sha256((rules.canonical(facts) + template).encode()).hexdigest()
    layout, _made = Layout.objects.get_or_create(digest=digest, defaults={**facts, "template": template})
    return layout
