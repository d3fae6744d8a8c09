"""Finding services: words go to the search door, everything else to the list of services; both answer cards."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from django.core.cache import cache
from django.utils.http import urlencode

from zhengtong.applications.public_services import queries as services
from zhengtong.kernel.texts import Texts
from zhengtong.resources.standards import queries as standards
from zhengtong.support.search import queries as index

COLLECTION = "services"
ITEM_TYPES = "gbt39046_item_type"
LONGEST_WORDS = 100
MOST_HITS = 60
PAGE = 20
_AUDIENCES = ("person", "legal_entity")


@dataclass(frozen=True, slots=True)
class Question:
    """What a visitor asked for, already checked: what means nothing is dropped."""

    words: str
    filters: services.Filters

    @property
    def is_narrowed(self) -> bool:
        return self != Question("", services.Filters())

    def url(self, **changes: Any) -> str:
        """The address of this question with some of it changed (empty: dropped)."""
        f = self.filters
        parts = {
            "q": self.words, "audience": f.audience, "department": f.organisation_uuid or "", "topic": f.topic,
            "event": f.event, "type": f.task_type, "online": "1" if f.online_only else "",
        } | changes  # fmt: skip
        kept = {key: value for key, value in parts.items() if value}
        return f"?{urlencode(kept)}"


@dataclass(frozen=True, slots=True)
class Found:
    """One page of answers. `next` is the key-set cursor; a search has one page only and says when it was cut."""

    cards: list[services.Card]
    next: str = ""
    is_cut: bool = False
    total: int | None = None


def read_question(query: Mapping[str, str]) -> Question:
    """The question in an address."""
    audience = query.get("audience", "")
    filters = services.Filters(
        audience=audience if audience in _AUDIENCES else "",
        organisation_uuid=_uuid(query.get("department", "")),
        topic=query.get("topic", "")[:60],
        event=query.get("event", "")[:60],
        task_type=query.get("type", "")[:2],
        online_only=query.get("online") == "1",
        after=query.get("after", "")[:40],
        limit=PAGE,
    )
    return Question(query.get("q", "").strip()[:LONGEST_WORDS], filters)


def find(question: Question) -> Found:
    """The services that answer the question, best or first in pinyin order."""
    if question.words:
        return _search(question)
    page = services.list_services(question.filters)
    total = services.count_services(question.filters)
    return Found(services.summary_cards(page.services), page.next, total=total)


def item_types() -> list[tuple[str, Texts]]:
    """Codes and names of GB/T 39046 A.1 (行政许可 …)."""
    return cast(list[tuple[str, Texts]], cache.get_or_set("portal.item-types", _read_item_types, 600))


def _read_item_types() -> list[tuple[str, Texts]]:
    return [(code.code, code.label) for code in standards.list_codes(ITEM_TYPES)]


def _search(question: Question) -> Found:
    hits = index.search(COLLECTION, question.words, limit=MOST_HITS * 3)
    by_key = services.services_by_key([hit.key for hit in hits])
    rows = [by_key[hit.key] for hit in hits if hit.key in by_key]
    rows = [row for row in rows if _fits(row, question.filters)]
    return Found(
        services.summary_cards(rows[:MOST_HITS]), is_cut=len(rows) > MOST_HITS, total=min(len(rows), MOST_HITS)
    )


def _fits(service: Any, filters: services.Filters) -> bool:
    return (
        (not filters.audience or filters.audience in service.audience)
        and (not filters.organisation_uuid or filters.organisation_uuid == service.organisation_uuid)
        and (not filters.topic or filters.topic in service.topics)
        and (not filters.event or filters.event in service.event_keys)
        and (not filters.task_type or filters.task_type == service.task_type)
        and (not filters.online_only or service.current_version_id is not None)
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def without_page(question: Question) -> Question:
    """The same question from its first page."""
    return replace(question, filters=replace(question.filters, after=""))
