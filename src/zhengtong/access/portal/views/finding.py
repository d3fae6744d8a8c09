"""Find what one has come for: search, lists by audience, topic, department and event."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhengtong.applications.public_services import queries as services
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions.services import public

from .. import finder
from ..home import home_blocks

OPEN = "the portal is public information"


@limited("search")
@public(OPEN)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """/services/: by words, audience, topic, department, event and type."""
    question = finder.read_question(request.GET)
    found = finder.find(question)
    first = finder.without_page(question)
    context = {
        "question": question,
        "found": found,
        "next_url": question.url(after=found.next) if found.next else "",
        "first_url": first.url() if question.filters.after else "",
        "choices": _choices(question),
        "departments": _departments_named(question.words),
        "item_types": finder.item_types(),
    }
    return render(request, "portal/services.html", context)


def _choices(question: finder.Question) -> dict[str, Any]:
    """What the filters offer, and the names of those in force."""
    filters = question.filters
    topics = services.list_topics(filters.audience or "person")
    organisation = _organisation_name(filters.organisation_uuid)
    event = next((e for e in services.list_events() if e.key == filters.event), None)
    return {
        "topics": [t for t in topics if t.count],
        "topic": next(
            (
                t.topic
                for a in ("person", "legal_entity")
                for t in services.list_topics(a)
                if t.topic.key == filters.topic
            ),
            None,
        ),
        "event": event,
        "organisation": organisation,
        "departments": home_blocks().departments,
    }


def _organisation_name(uuid: Any) -> Any:
    return directory.organisations_by_uuid([uuid]).get(uuid) if uuid else None


def _departments_named(words: str) -> list[services.DepartmentCount]:
    if not words:
        return []
    return [d for d in home_blocks().departments if words in d.name or words.lower() in d.name_en.lower()][:6]


@public(OPEN)
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """/events/: 一件事, of business and of life."""
    blocks = home_blocks()
    return render(request, "portal/events.html", {"events": blocks.events})


@public(OPEN)
@require_safe
def event(request: HttpRequest, key: str) -> HttpResponse:
    """/events/<key>/: what belongs to one event, services that can be applied for on line first."""
    found = services.get_event(key)
    cards = services.summary_cards(services.list_services_of_event(key))
    context = {
        "event": found,
        "online": [c for c in cards if c.is_online],
        "others": [c for c in cards if not c.is_online],
    }
    return render(request, "portal/event.html", context)


@limited("search")
@public(OPEN)
@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    """/departments/: all departments with their services, searched by name."""
    words = request.GET.get("q", "").strip()[:60]
    everything = home_blocks().departments
    shown = [d for d in everything if words in d.name or words.lower() in d.name_en.lower()] if words else everything
    return render(request, "portal/departments.html", {"departments": shown, "words": words})
