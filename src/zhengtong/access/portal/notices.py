"""Lists of notices: by kind, paged by key (date and number), never by offset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.http import urlencode

from .models import NoticeIndexPage, NoticePage

PAGE = 20
_CURSOR = re.compile(r"(\d{4}-\d{2}-\d{2})\.(\d{1,18})")


def notices_context(index: NoticeIndexPage, query: Mapping[str, str]) -> dict[str, Any]:
    """A page of notices, newest first, and the address of the next."""
    kind = query.get("kind", "")
    kind = kind if kind in NoticePage.Kind.values else ""
    notices = NoticePage.objects.live().child_of(index).order_by("-date", "-pk").defer("body", "body_en")
    if kind:
        notices = notices.filter(kind=kind)
    rows = list(_older(notices, query.get("before", ""))[: PAGE + 1])
    more = len(rows) > PAGE
    page = rows[:PAGE]
    return {
        "notices": page,
        "kind": kind,
        "kinds": NoticePage.Kind.choices,
        "next_url": _next_url(page[-1], kind) if more else "",
        "first_url": f"?{urlencode({'kind': kind})}" if query.get("before") else "",
    }


def _older(notices: QuerySet[NoticePage], cursor: str) -> QuerySet[NoticePage]:
    match = _CURSOR.fullmatch(cursor)
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if match is None or day is None:
        return notices
    return notices.filter(Q(date__lt=day) | Q(date=day, pk__lt=int(match[2])))


def _next_url(last: NoticePage, kind: str) -> str:
    return "?" + urlencode({"kind": kind, "before": f"{last.date.isoformat()}.{last.pk}"})
