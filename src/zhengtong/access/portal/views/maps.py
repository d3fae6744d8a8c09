"""Places that are open to everybody, on a map; the provinces as tiles."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhengtong.kernel.clock import now
from zhengtong.kernel.limits.providers import limited
from zhengtong.resources.registers import queries, services
from zhengtong.security.permissions.services import public

OPEN = "the portal is public information"


@limited("search")
@public(OPEN)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """/map/: one open layer, with the list of what it shows."""
    at = now()
    layers = services.list_collections(actor=request.actor, purpose=None, at=at)
    chosen = next((one for one in layers if one.key == request.GET.get("layer")), layers[0] if layers else None)
    shown = services.map_page(actor=request.actor, collection=chosen, purpose=None, at=at) if chosen else {}
    context = {**shown, "layers": [one.definition for one in layers], "chosen": chosen.key if chosen else ""}
    answer = render(request, "portal/map.html", context)
    answer.headers["Content-Security-Policy"] = queries.map_policy()
    return answer


@public(OPEN)
@require_safe
def provinces(request: HttpRequest) -> HttpResponse:
    """/map/provinces/: all 34 as tiles."""
    context = {"tiles": queries.tiles(), "here": settings.ZT_NODE_DIVISION[:2], "node": settings.ZT_NODE_NAME}
    return render(request, "portal/provinces.html", context)
