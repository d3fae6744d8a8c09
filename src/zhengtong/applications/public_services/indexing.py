"""Puts services into the search index: by title, department, topic and pinyin initials."""

from __future__ import annotations

from collections.abc import Iterable

from zhengtong.support.search import services as search

from . import taxonomy
from .models import Event, PublicService

COLLECTION = "services"


def index_services(services: Iterable[PublicService]) -> None:
    """Bring the index up to the services as they are now; those out of use are taken out."""
    event_titles = {event.key: event.title for event in Event.objects.all()}
    for service in services:
        if service.status == PublicService.Status.ACTIVE:
            _index(service, event_titles)
        else:
            search.remove(COLLECTION, service.key)


def _index(service: PublicService, event_titles: dict[str, dict[str, str]]) -> None:
    topics = [topic.title for key in service.topics if (topic := taxonomy.find_topic(key))]
    events = [event_titles[key] for key in service.event_keys if key in event_titles]
    related = [text for texts in (*topics, *events) for text in texts.values()]
    search.index(
        COLLECTION,
        service.key,
        {
            "A": " ".join(service.title.values()),
            "B": " ".join([service.main_item, service.department_name]),
            "C": " ".join(related),
            "D": " ".join(service.summary.values()),
        },
        {"title": service.title, "department": service.department_name, "is_online": not service.is_information_only},
    )
