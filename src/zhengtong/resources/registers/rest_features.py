"""OGC API - Features, part 1: core, GeoJSON, OpenAPI 3.0 (OGC 17-069r4) over the registers whose records lie somewhere.

Open to everybody as far as a definition shares its fields without condition; the rest to officials and systems that
name a purpose. Positions are given as they were registered and taken as CRS84.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from ninja import Router

from zhengtong.kernel.clock import now
from zhengtong.kernel.texts import localised
from zhengtong.security.permissions.services import public

from . import services
from .features import asking, describing
from .purposes import Purpose, purpose_of

router = Router(tags=["features"])
GEOJSON, JSON = "application/geo+json", "application/json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_OPEN = "what a definition shares without condition is open to all; for more a purpose is named, and judged"


@router.get("/", auth=None, summary="Landing page of OGC API - Features")
@public(_OPEN)
def landing(request: HttpRequest) -> JsonResponse:
    """Where everything is."""
    asking.refuse_unknown(request.GET, asking.KNOWN)
    links = [
        _link("self", "/", JSON, request), _link("service-desc", "/api", OPENAPI, request),
        _link("conformance", "/conformance", JSON, request), _link("data", "/collections", JSON, request),
    ]  # fmt: skip
    title = _("%s：空间数据") % localised(settings.ZT_NODE_NAME)
    return _answer({"title": title, "description": describing.caution(), "links": links})


@router.get("/conformance", auth=None, summary="What is conformed to")
@public(_OPEN)
def conformance(request: HttpRequest) -> JsonResponse:
    """The conformance classes of OGC 17-069r4 that hold here."""
    asking.refuse_unknown(request.GET, asking.KNOWN)
    return _answer({"conformsTo": list(describing.CONFORMS)})


@router.get("/api", auth=None, summary="OpenAPI of OGC API - Features")
@public(_OPEN)
def api(request: HttpRequest) -> JsonResponse:
    """Of the collections open to all."""
    asking.refuse_unknown(request.GET, asking.KNOWN)
    found = services.list_collections(actor=request.actor, purpose=None, at=now())
    return _answer(describing.openapi(found, request.build_absolute_uri(_BASE)), OPENAPI)


@router.get("/collections", auth=None, summary="Collections")
@public(_OPEN)
def collections(request: HttpRequest) -> JsonResponse:
    """Those open to all; with `purpose` and `matter` those granted besides."""
    asking.refuse_unknown(request.GET, asking.KNOWN)
    found = services.list_collections(actor=request.actor, purpose=_purpose(request), at=now())
    links = [_link("self", "/collections", JSON, request)]
    return _answer({"links": links, "collections": [_collection(one, request) for one in found]})


@router.get("/collections/{slug:key}", auth=None, summary="One collection")
@public(_OPEN)
def collection(request: HttpRequest, key: str) -> JsonResponse:
    """What it holds, and where its items are."""
    asking.refuse_unknown(request.GET, asking.KNOWN)
    found = services.get_collection(actor=request.actor, key=key, purpose=_purpose(request), at=now())
    return _answer(_collection(found, request))


@router.get("/collections/{slug:key}/items", auth=None, summary="Features of a collection")
@public(_OPEN)
def items(request: HttpRequest, key: str) -> JsonResponse:
    """By `bbox`, `datetime` and `limit`; `next` leads on. Unknown parameters are refused."""
    given = {name: request.GET[name] for name in request.GET}
    asked = asking.read(given)
    found = services.list_features(actor=request.actor, key=key, asked=asked, purpose=_purpose(request), at=now())
    path = f"/collections/{key}/items"
    links = [_link("self", path, GEOJSON, request, given), _link("collection", f"/collections/{key}", JSON, request)]
    if found.after:
        links.append(_link("next", path, GEOJSON, request, {**given, "after": str(found.after)}))
    page = {
        "type": "FeatureCollection", "features": list(found.features), "numberReturned": len(found.features),
        "timeStamp": now().strftime("%Y-%m-%dT%H:%M:%SZ"), "links": links,
    }  # fmt: skip
    return _answer(page, GEOJSON)


@router.get("/collections/{slug:key}/items/{uuid:feature_id}", auth=None, summary="One feature")
@public(_OPEN)
def item(request: HttpRequest, key: str, feature_id: UUID) -> JsonResponse:
    """As GeoJSON."""
    asking.refuse_unknown(request.GET, asking.KNOWN)
    found = services.get_feature(actor=request.actor, key=key, uuid=feature_id, purpose=_purpose(request), at=now())
    links = [
        _link("self", f"/collections/{key}/items/{feature_id}", GEOJSON, request),
        _link("collection", f"/collections/{key}", JSON, request),
    ]
    return _answer({**found, "links": links}, GEOJSON)


_BASE = "/api/v1/features"


def _purpose(request: HttpRequest) -> Purpose | None:
    """None: what is open to everybody is enough."""
    if "purpose" not in request.GET and "matter" not in request.GET:
        return None
    return purpose_of(request.GET.get("purpose", ""), request.GET.get("matter", ""))


def _link(rel: str, path: str, kind: str, request: HttpRequest, query: dict[str, str] | None = None) -> dict[str, str]:
    address = request.build_absolute_uri(f"{_BASE}{path}") + (f"?{urlencode(query)}" if query else "")
    return {"rel": rel, "type": kind, "href": address, "title": rel}


def _collection(found: services.Collection, request: HttpRequest) -> dict[str, Any]:
    path, query = f"/collections/{found.key}", {n: request.GET[n] for n in ("purpose", "matter") if n in request.GET}
    return {
        "id": found.key, "title": localised(found.definition.label), "itemType": "feature", "crs": [asking.CRS84],
        "description": f"{localised(found.definition.description)} {describing.caution()}",
        "links": [_link("self", path, JSON, request, query), _link("items", f"{path}/items", GEOJSON, request, query)],
    }  # fmt: skip


def _answer(said: dict[str, Any], kind: str = JSON) -> JsonResponse:
    return JsonResponse(said, content_type=kind, json_dumps_params={"ensure_ascii": False})
