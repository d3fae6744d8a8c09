"""What the home page shows beside the editor's own words. Read at most once a minute for all visitors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.core.cache import cache

from zhengtong.applications.public_services import queries as services
from zhengtong.kernel.texts import language

from .models import HomePage, NoticePage

_KEY = "portal.home"
_SECONDS = 60
_AUDIENCES = ("person", "legal_entity")


@dataclass(frozen=True, slots=True)
class Featured:
    """The service the city is proud of, with what it saves."""

    card: services.Card
    comparison: services.Comparison
    widest: int


@dataclass(frozen=True, slots=True)
class HomeBlocks:
    hot: list[services.Card]
    events: dict[str, list[Any]]
    topics: dict[str, list[services.TopicCount]]
    departments: list[services.DepartmentCount]
    counts: dict[str, int]


def home_context(page: HomePage) -> dict[str, Any]:
    """Blocks, notices, links and the featured service for the template `portal/home.html`."""
    return {
        "blocks": home_blocks(),
        "featured": _featured(page.featured_service),
        "notices": list(NoticePage.objects.live().order_by("-date", "-pk").defer("body", "body_en")[:6]),
        "quick_links": list(page.quick_links.all()),
        "hot_words": page.words_for(language()),
    }


def home_blocks() -> HomeBlocks:
    """What many pages show of the services as a whole, at most a minute old."""
    return cast(HomeBlocks, cache.get_or_set(_KEY, _read_blocks, _SECONDS))


def forget() -> None:
    """Call after services were loaded or published in this process; others notice within a minute."""
    cache.delete(_KEY)


def _read_blocks() -> HomeBlocks:
    return HomeBlocks(
        hot=services.summary_cards(services.list_hot_services(8)),
        events={kind: services.list_events(kind) for kind in ("business", "life")},
        topics={a: [t for t in services.list_topics(a) if t.count] for a in _AUDIENCES},
        departments=services.list_departments(),
        counts={a: services.count_services(services.Filters(audience=a)) for a in _AUDIENCES},
    )


def _featured(key: str) -> Featured | None:
    service = services.find_service(key) if key else None
    version = service.current_version if service else None
    if service is None or version is None:
        return None
    comparison = services.comparison(version)
    if not comparison.bars:
        return None
    return Featured(services.summary_card(service), comparison, max(comparison.alone_days, comparison.joint_days, 1))
