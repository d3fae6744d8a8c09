"""Parcels and places on a map with a list beside it; the provinces as tiles, and where this node stands."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Invalid, NotFound
from zhengtong.kernel.limits.providers import limited
from zhengtong.resources.registers import queries, services
from zhengtong.security.permissions.services import guard

from . import showing


@limited("search")
@guard("registers.definition.read")
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """One layer: an open one at once, another for a purpose."""
    layers = queries.spatial_registers()
    key = request.GET.get("layer", "")
    context: dict[str, Any] = {
        "layers": layers, "purposes": showing.purposes_known(), "typed": request.GET, "fault": None,
    }  # fmt: skip
    try:
        context |= _layer(request, key)
    except (Invalid, NotFound) as fault:
        open_ones = services.list_collections(actor=request.actor, purpose=None, at=now())
        context |= {"fault": fault, "chosen": key, "open_keys": [one.key for one in open_ones]}
    status = context["fault"].status if context["fault"] else 200
    answer = render(request, "workbench/registers/map.html", context, status=status)
    answer.headers["Content-Security-Policy"] = queries.map_policy()
    return answer


def _layer(request: HttpRequest, key: str) -> dict[str, Any]:
    at, purpose = now(), None
    chosen: services.Collection | None
    open_ones = services.list_collections(actor=request.actor, purpose=None, at=at)
    if key and key not in {one.key for one in open_ones}:
        purpose = queries.purpose_of(request.GET.get("purpose", ""), request.GET.get("matter", ""))
        chosen = services.get_collection(actor=request.actor, key=key, purpose=purpose, at=at)
    else:
        chosen = next((one for one in open_ones if key in ("", one.key)), None)
    shown = services.map_page(actor=request.actor, collection=chosen, purpose=purpose, at=at) if chosen else {}
    return {**shown, "chosen": chosen.key if chosen else "", "open_keys": [one.key for one in open_ones]}


@guard("registers.definition.read")
@require_GET
def provinces(request: HttpRequest) -> HttpResponse:
    """All 34 as tiles."""
    context = {"tiles": queries.tiles(), "here": settings.ZT_NODE_DIVISION[:2], "node": settings.ZT_NODE_NAME}
    return render(request, "workbench/registers/provinces.html", context)
