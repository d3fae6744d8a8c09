"""Puts services into the search index: by title, department, topic, event, and pinyin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zhengtong.support.search import services as search
from zhengtong.support.search.services import Document

from . import taxonomy
from .models import Event, PublicService

COLLECTION = "services"
_ONLINE, _HOT = 30, 15  # how much higher what can be applied for, and what most look for, stands in a list


def index_services(services: Iterable[PublicService]) -> None:
    """Bring the index up to the services as they are now; those out of use are taken out."""
    event_titles = {event.key: event.title for event in Event.objects.all()}
    listed = list(services)
    in_use = [service for service in listed if service.status == PublicService.Status.ACTIVE]
    search.index_many(COLLECTION, [_document(service, event_titles) for service in in_use])
    search.remove(COLLECTION, [service.key for service in listed if service not in in_use])


def forget(key: str) -> None:
    """Take an address out of the index that a service no longer has."""
    search.remove(COLLECTION, [key])


def _document(service: PublicService, event_titles: Mapping[str, Mapping[str, str]]) -> Document:
    topics = [topic.title for key in service.topics if (topic := taxonomy.find_topic(key))]
    events = [event_titles[key] for key in service.event_keys if key in event_titles]
    related = [text for texts in (*topics, *events, service.summary) for text in texts.values()]
    return Document(
        key=service.key,
        texts={"A": list(service.title.values()), "B": [service.main_item, service.department_name], "C": related},
        payload=_payload(service),
        filters=_filters(service),
        boost=_ONLINE * (not service.is_information_only) + _HOT * service.is_hot,
        title=service.title["zh"],
    )


def _payload(service: PublicService) -> dict[str, Any]:
    return {
        "title": service.title,
        "department": service.department_name,
        "lang": service.lang,
        "is_online": not service.is_information_only,
    }


def _filters(service: PublicService) -> dict[str, Any]:
    return {
        "audience": service.audience,
        "topic": service.topics,
        "event": service.event_keys,
        "organisation": str(service.organisation_uuid or ""),
        "task_type": service.task_type,
        "is_online": not service.is_information_only,
    }
