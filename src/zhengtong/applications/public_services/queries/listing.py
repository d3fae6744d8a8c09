"""Lists of services, by audience, department, topic and event. Services are few, some thousands: counting is cheap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import whole_number
from zhengtong.security.directory import queries as directory

from .. import taxonomy
from ..models import Event, PublicService
from ..taxonomy import Topic

PAGE = 20
MAX_PAGE = 100
_INFORMATION_LAST = ExpressionWrapper(Q(current_version=None), output_field=BooleanField()).asc()


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list. `words` go to the search door, not here. `after` is the `next` of the page before."""

    audience: str = ""
    organisation_uuid: UUID | None = None
    topic: str = ""
    event: str = ""
    task_type: str = ""
    online_only: bool = False
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Page:
    """A page of services; `next` is empty on the last one."""

    services: list[PublicService]
    next: str


@dataclass(frozen=True, slots=True)
class DepartmentCount:
    organisation_uuid: UUID | None
    name: str
    name_en: str
    count: int
    online: int


@dataclass(frozen=True, slots=True)
class TopicCount:
    topic: Topic
    count: int


def list_services(filters: Filters | None = None) -> Page:
    """Active services, those that can be applied for first, then by pinyin; a page at a time (key-set, not offset)."""
    filters = filters or Filters()
    limit = max(1, min(filters.limit, MAX_PAGE))
    found = _after(_filtered(filters), filters.after).select_related("current_version")
    rows = list(found.order_by(_INFORMATION_LAST, "sort_key", "pk")[: limit + 1])
    page = rows[:limit]
    return Page(page, str(page[-1].pk) if len(rows) > limit else "")


def count_services(filters: Filters | None = None) -> int:
    """How many there are. A bounded table: counting it is cheap."""
    return _filtered(filters or Filters()).count()


def list_hot_services(limit: int = 8) -> list[PublicService]:
    """What most people look for: services run by packages first."""
    chosen = _active().filter(is_hot=True).select_related("current_version")
    return sorted(chosen, key=lambda s: (s.is_information_only, s.sort_key))[:limit]


def services_by_key(keys: Iterable[str]) -> dict[str, PublicService]:
    """Many services by key, e.g. the hits of a search, in one query."""
    found = _active().select_related("current_version").filter(key__in=set(keys))
    return {service.key: service for service in found}


def list_events(kind: str = "") -> list[Event]:
    """一件事: business and life events, or those of one kind."""
    events = Event.objects.all()
    return list(events.filter(kind=kind) if kind else events)


def get_event(key: str) -> Event:
    """Raises NotFound."""
    event = Event.objects.filter(key=key).first()
    if event is None:
        raise NotFound(_("没有这个“一件事”。"))
    return event


def list_services_of_event(key: str) -> list[PublicService]:
    """The services of an event: those with a package first."""
    found = _active().filter(event_keys__contains=[key]).select_related("current_version")
    return sorted(found[:MAX_PAGE], key=lambda s: (s.is_information_only, s.sort_key))


def list_topics(audience: str) -> list[TopicCount]:
    """The topics of persons or legal entities with the number of their services. One query."""
    counts: dict[str, int] = {}
    for topics in _active().filter(audience__contains=[audience]).values_list("topics", flat=True):
        for key in topics:
            counts[key] = counts.get(key, 0) + 1
    return [TopicCount(topic, counts.get(topic.key, 0)) for topic in taxonomy.topics_for(audience)]


def list_departments(audience: str = "") -> list[DepartmentCount]:
    """Departments with their services, by number. Two queries."""
    services = _active().filter(audience__contains=[audience]) if audience else _active()
    rows = list(
        services.values("organisation_uuid", "department_name")
        .annotate(count=Count("id"), online=Count("current_version"))
        .order_by("-count", "department_name")
    )
    uuids = {row["organisation_uuid"] for row in rows if row["organisation_uuid"]}
    organisations: dict[Any, Any] = {**directory.organisations_by_uuid(uuids)}
    merged: dict[Any, DepartmentCount] = {}
    for row in rows:
        merged_key = row["organisation_uuid"] or row["department_name"]
        merged[merged_key] = _department(row, organisations.get(row["organisation_uuid"]), merged.get(merged_key))
    return sorted(merged.values(), key=lambda d: -d.count)


def list_covering(service: PublicService) -> list[PublicService]:
    """The services that handle this item among others (一件事 of which it is a part)."""
    if not service.item_code:
        return []
    return list(_active().filter(covers__contains=[service.item_code]).select_related("current_version"))


def list_covered(service: PublicService) -> list[PublicService]:
    """The items this service handles in one go."""
    return list(_active().filter(item_code__in=service.covers)) if service.covers else []


# -- the steps --------------------------------------------------------------------------------------------------------
def _active() -> QuerySet[PublicService]:
    return PublicService.objects.filter(status=PublicService.Status.ACTIVE)


def _filtered(filters: Filters) -> QuerySet[PublicService]:
    services = _active()
    if filters.audience:
        services = services.filter(audience__contains=[filters.audience])
    if filters.organisation_uuid:
        services = services.filter(organisation_uuid=filters.organisation_uuid)
    if filters.topic:
        services = services.filter(topics__contains=[filters.topic])
    if filters.event:
        services = services.filter(event_keys__contains=[filters.event])
    if filters.task_type:
        services = services.filter(task_type=filters.task_type)
    return services.filter(current_version__isnull=False) if filters.online_only else services


def _after(services: QuerySet[PublicService], cursor: str) -> QuerySet[PublicService]:
    """Rows behind the cursor; one that means nothing begins at the beginning."""
    number = whole_number(cursor)
    last = PublicService.objects.filter(pk=number).first() if number is not None else None
    if last is None:
        return services
    later = Q(sort_key__gt=last.sort_key) | Q(sort_key=last.sort_key, pk__gt=last.pk)
    if last.is_information_only:
        return services.filter(later, current_version=None)
    return services.filter(Q(later, current_version__isnull=False) | Q(current_version=None))


def _department(row: Mapping[str, Any], organisation: Any, before: DepartmentCount | None) -> DepartmentCount:
    return DepartmentCount(
        organisation_uuid=row["organisation_uuid"],
        name=organisation.name if organisation else row["department_name"],
        name_en=getattr(organisation, "name_en", "") if organisation else "",
        count=row["count"] + (before.count if before else 0),
        online=row["online"] + (before.online if before else 0),
    )
