"""订阅: which systems take a register in bulk, which fields, for what, by which grant; the authority may end it."""

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
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard
from zhengtong.security.sso import queries as sso

from . import showing


@guard("registers.definition.read")
@require_GET
def listed(request: HttpRequest, register_key: str) -> HttpResponse:
    """Every subscription of the register, ended ones too."""
    return _page(request, register_key)


@guard("registers.subscription.revoke")
@require_POST
def revoke(request: HttpRequest, register_key: str, subscription_uuid: UUID) -> HttpResponse:
    """From its next call on the system gets nothing more."""
    try:
        services.revoke_subscription(
            actor=request.actor, subscription_uuid=subscription_uuid, reason=request.POST.get("reason", ""), at=now()
        )
    except Invalid as fault:
        return _page(request, register_key, fault=fault)
    messages.success(request, _("已终止订阅，对方下一次调用起不再取得数据。"))
    return redirect("workbench:register-subscriptions", register_key)


def _page(request: HttpRequest, register_key: str, *, fault: Invalid | None = None) -> HttpResponse:
    register, today = queries.get_register(register_key), china_date(now())
    found = queries.list_subscriptions(register_key, before=whole_number(request.GET.get("before", "")))
    may = permissions.could(request.actor, "registers.subscription.revoke")
    names = showing.organisation_names(uuid for one in found for uuid in (one.provider_uuid, one.consumer_uuid))
    systems = sso.systems_by_urn(one.opened_by_urn for one in found)
    rows = [
        {
            "one": one, "consumer": names.get(one.consumer_uuid), "provider": names.get(one.provider_uuid),
            "system": systems.get(one.opened_by_urn), "purpose": queries.PURPOSES.get(one.purpose),
            "labels": [register.by_name[name].label for name in one.fields if name in register.by_name],
            "is_standing": services.is_in_force(one, today),
            "may_revoke": may and one.provider_uuid in request.actor.organisation_uuids,
        }
        for one in found
    ]  # fmt: skip
    older = found[-1].pk if len(found) == queries.PAGE else None
    context = {"register": register, "rows": rows, "fault": fault, "older": older}
    return render(
        request, "workbench/registers/subscriptions.html", context, status=fault.status if fault else 200
    )  # fmt: skip
