"""共享授权: which organisation reads which fields for which purposes, given and revoked by the authority."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.texts import whole_number
from zhengtong.resources.registers import queries, services
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard

from . import showing

_NOBODY = UUID(int=0)


@guard("registers.definition.read")
@require_GET
def listed(request: HttpRequest, register_key: str) -> HttpResponse:
    """Every grant of the register, and the form of the authority that gives one."""
    return _page(request, register_key)


@guard("registers.grant.decide")
@require_POST
def give(request: HttpRequest, register_key: str) -> HttpResponse:
    """Another organisation reads some of one's own fields for some purposes."""
    posted = request.POST
    try:
        services.grant_reading(
            actor=request.actor, register=register_key, authority=posted.get("authority", ""),
            consumer_uuid=_uuid(posted.get("consumer", "")), fields=posted.getlist("fields"),
            purposes=posted.getlist("purposes"), basis=posted.get("basis", ""),
            since=showing.day_of(posted.get("since", ""), "since", _("开始日期")),
            until=showing.day_of(posted.get("until", ""), "until", _("截止日期")), at=now(),
        )  # fmt: skip
    except Invalid as fault:
        return _page(request, register_key, fault=fault)
    messages.success(request, _("已授权。"))
    return redirect("workbench:register-grants", register_key)


@guard("registers.grant.decide")
@require_POST
def revoke(request: HttpRequest, register_key: str, grant_uuid: UUID) -> HttpResponse:
    """At once; what was read stays on record."""
    try:
        services.revoke_grant(
            actor=request.actor, grant_uuid=grant_uuid, reason=request.POST.get("reason", ""), at=now()
        )
    except Invalid as fault:
        return _page(request, register_key, fault=fault)
    messages.success(request, _("已撤销授权。"))
    return redirect("workbench:register-grants", register_key)


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        return _NOBODY


def _page(request: HttpRequest, register_key: str, *, fault: Invalid | None = None) -> HttpResponse:
    register, today = queries.get_register(register_key), china_date(now())
    found = queries.list_grants(register_key, before=whole_number(request.GET.get("before", "")))
    own = showing.own_authorities(register, request.actor)
    may = bool(own) and permissions.could(request.actor, "registers.grant.decide")
    names = showing.organisation_names(uuid for one in found for uuid in (one.provider_uuid, one.consumer_uuid))
    rows = [
        {
            "grant": one, "provider": names.get(one.provider_uuid), "consumer": names.get(one.consumer_uuid),
            "labels": [register.by_name[name].label for name in one.fields if name in register.by_name],
            "purposes": [queries.PURPOSES[key] for key in one.purposes if key in queries.PURPOSES],
            "is_standing": one.revoked_at is None and (one.until is None or one.until >= today),
            "may_revoke": may and one.authority in own,
        }
        for one in found
    ]  # fmt: skip
    context = {
        "register": register, "rows": rows, "fault": fault, "typed": request.POST, "purposes": showing.purposes_known(),
        "older": found[-1].pk if len(found) == queries.PAGE else None,
        "authority": own[0] if may else "",
        "fields": [one for one in register.fields if may and one.authority == own[0] and one.sharing != "withheld"
                   and not one.is_retired and one.type != "urn"],
        "organisations": [one for one in directory.list_organisations() if one.key != own[0]] if may else [],
        "chosen": {*request.POST.getlist("fields"), *request.POST.getlist("purposes")},
        "today": today.isoformat(),
    }  # fmt: skip
    return render(request, "workbench/registers/grants.html", context, status=fault.status if fault else 200)
