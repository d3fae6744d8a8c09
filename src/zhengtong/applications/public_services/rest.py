"""The JSON interface of services: what there is, and what an application must say."""

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.permissions.services import public

from . import queries

router = Router(tags=["services"])


class ServiceOut(Schema):
    key: str
    title: dict[str, str]
    item_code: str | None
    audience: list[str]
    organisation_uuid: UUID | None


class PageOut(Schema):
    services: list[ServiceOut]
    next: str = ""


class VersionOut(Schema):
    uuid: UUID
    number: int
    digest: str
    manifest: dict[str, Any]
    form: dict[str, Any]


class ServiceDetailOut(ServiceOut):
    version: VersionOut | None


class FiltersIn(Schema):
    audience: Literal["", "person", "legal_entity"] = ""
    after: str = Field("", max_length=400)


@router.get("", auth=None, response=PageOut, summary="Services of this node")
@limited("search")
@public("guides are public")
def list_services(request: HttpRequest, filters: Query[FiltersIn]) -> dict[str, Any]:  # noqa: ARG001
    """Services in the order of their names; `after` is the `next` of the page before."""
    page = queries.list_services(queries.Filters(audience=filters.audience, after=filters.after))
    return {"services": page.services, "next": page.next}


@router.get("/{slug:key}", auth=None, response=ServiceDetailOut, summary="One service with its form")
@public("guides are public")
def get_service(request: HttpRequest, key: str) -> dict[str, Any]:  # noqa: ARG001
    """A service and its current version; `version` is null where it is information only."""
    service = queries.find_service(key)
    if service is None:
        raise NotFound
    return ServiceOut.from_orm(service).dict() | {"version": service.current_version}
