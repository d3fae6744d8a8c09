"""我的授权与代理: who may act for my company, and for whom I may act."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhengtong.kernel.clock import CHINA, china_date, now
from zhengtong.kernel.errors import FieldError, Invalid, NotFound, ZhengtongError
from zhengtong.kernel.ids import parse_urn
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard

from .. import queries, services
from ..models import Representation
from ..rules import ALL_SERVICES


@guard("identity.agency.list")
def agencies(request: HttpRequest) -> HttpResponse:
    """Powers granted by my company (as its legal representative) and powers I hold."""
    return _page(request)


def _page(
    request: HttpRequest, data: Mapping[str, Any] | None = None, fault: ZhengtongError | None = None
) -> HttpResponse:
    actor, at = request.actor, now()  # type: ignore[attr-defined]
    may_grant = permissions.allows(actor, "identity.agency.grant")
    titles = queries.known_services()
    grantable = queries.known_services(parse_urn(actor.party_urn).noun) if may_grant else {}
    granted = queries.list_agencies_granted(actor.party_urn, at) if may_grant else []
    context = {
        "may_grant": may_grant,
        "granted": [row_of(agency, titles) for agency in granted],
        "held": [row_of(agency, titles) for agency in queries.list_agencies_held(request.user, at)],  # type: ignore[arg-type]
        "services": sorted((grantable or {}).items()),
        "data": data or {"valid_to": (china_date(at) + timedelta(days=365)).isoformat(), "all_services": not grantable},
        "errors": _errors(fault),
        "today": china_date(at).isoformat(),
    }
    return render(request, "identity/agencies.html", context, status=422 if fault else 200)


def row_of(agency: Representation, titles: Mapping[str, Any] | None) -> dict[str, Any]:
    last_day = agency.valid_to - timedelta(microseconds=1) if agency.valid_to else None
    is_by_law = agency.kind == Representation.Kind.LEGAL_REPRESENTATIVE
    scope = [] if ALL_SERVICES in agency.scope else [(titles or {}).get(key, key) for key in agency.scope]
    return {
        "agency": agency, "last_day": last_day, "is_by_law": is_by_law, "scope": scope,
        "label": queries.label_of(agency), "is_guardian": agency.kind == Representation.Kind.GUARDIAN,
    }  # fmt: skip


def _errors(fault: ZhengtongError | None) -> list[FieldError]:
    if fault is None:
        return []
    return list(fault.fields) or [FieldError("agent_name", f"{fault.message} {fault.remedy}", _("代理人"))]


@require_POST
@guard("identity.agency.grant")
def grant(request: HttpRequest) -> HttpResponse:
    """Grant a power; on a fault the page again with the fault beside its field."""
    at, data = now(), _data(request.POST)
    try:
        agency = services.grant_agency(
            actor=request.actor,  # type: ignore[attr-defined]
            agent_name=data["agent_name"],
            agent_id_number=data["agent_id_number"],
            scope=[ALL_SERVICES] if data["all_services"] else data["scope"],
            valid_to=end_of(data["valid_to"]),
            at=at,
        )
    except (Invalid, NotFound) as fault:
        return _page(request, data, fault)
    messages.success(request, _("已授权%s代为办理。") % agency.person.name)
    return HttpResponseRedirect(reverse("identity:agencies"))


def _data(post: QueryDict) -> dict[str, Any]:
    names = ("agent_name", "agent_id_number", "valid_to")
    single = {name: post.get(name, "").strip() for name in names}
    return {**single, "scope": post.getlist("scope"), "all_services": post.get("whole") == "all"}


def end_of(text: str) -> datetime:
    """The midnight in China that ends the day. Raises Invalid."""
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), CHINA)
    except (ValueError, OverflowError):
        raise Invalid(
            fields=[FieldError("valid_to", _("请填写截止日期，例如 2027-12-31。"), _("授权截止日期"))]
        ) from None


@require_POST
@guard("identity.agency.revoke")
def revoke(request: HttpRequest, agency_uuid: uuid.UUID) -> HttpResponse:
    """End a power: by the legal representative or by the agent."""
    agency = services.revoke_agency(actor=request.actor, representation_uuid=agency_uuid, at=now())  # type: ignore[attr-defined]
    messages.success(
        request,
        _("%(name)s对%(entity)s的代理授权已撤销。") % {"name": agency.person.name, "entity": agency.party_name},
    )
    return HttpResponseRedirect(reverse("identity:agencies"))
