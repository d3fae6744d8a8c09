"""Where one goes after signing in, and the change of capacity."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.clock import now
from zhengtong.kernel.texts import localised
from zhengtong.security.permissions.services import guard

from .. import queries, services
from ..middleware import second_factor_address
from ..sessions import capacity_of

_ICONS = {
    Capacity.RESIDENT: "user",
    Capacity.REPRESENTATIVE: "building",
    Capacity.AGENT: "handshake",
    Capacity.OFFICIAL: "government",
}
WORKBENCH, HALL = "/workbench/", "/hall/"


def _home_of(actor: Actor) -> str:
    return WORKBENCH if actor.is_official else HALL


@guard("identity.account.manage")
def after_sign_in(request: HttpRequest) -> HttpResponse:
    """Officials to the workbench (first to their second factor), everybody else to the hall."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.is_official and not actor.mfa:
        return HttpResponseRedirect(second_factor_address(request))
    return HttpResponseRedirect(_home_of(actor))


@guard("identity.capacity.switch")
def capacity(request: HttpRequest) -> HttpResponse:
    """Every capacity open to the account; POST `key` changes it."""
    if request.method == "POST":
        return _switch(request)
    options = queries.list_capacities(request.user, now())  # type: ignore[arg-type]
    chosen = capacity_of(request)
    current = chosen if chosen in {option.key for option in options} else "resident"
    titles = queries.known_services() or {}
    rows = [
        {
            "option": option,
            "is_current": option.key == current,
            "scope": [titles.get(key, key) for key in option.scope],
            "icon": _ICONS[option.capacity],
        }
        for option in options
    ]
    return render(request, "identity/capacity.html", {"rows": rows, "next": _next(request.GET.get("next", ""))})


def _switch(request: HttpRequest) -> HttpResponse:
    actor = services.switch_capacity(request, request.POST.get("key", ""), at=now())
    name = actor.party_name or actor.display_name
    options = {option.key: option for option in queries.list_capacities(request.user, now())}  # type: ignore[arg-type]
    label = localised(options[capacity_of(request)].label)
    messages.success(request, _("您现在以“%(name)s”（%(label)s）的身份办理。") % {"name": name, "label": label})
    return HttpResponseRedirect(_next(request.POST.get("next", "")) or _home_of(actor))


def _next(address: str) -> str:
    """Only a place of this site."""
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""
