"""Credentials of the officer's authority: found by number, and ended before their time with a reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.limits.providers import limited
from zhengtong.resources.credentials import queries as credentials
from zhengtong.resources.credentials import services as credential_services
from zhengtong.security.permissions.services import guard

WAYS = (
    ("revoked", _("吊销"), _("持证人违法，已依法作出行政处罚决定")),
    ("annulled", _("撤销"), _("不应当准予而准予的（行政许可法第六十九条）")),
    ("cancelled", _("注销"), _("期满未延续、主体终止等，依法办理注销手续（行政许可法第七十条）")),
)


@limited("search")
@guard("credentials.credential.revoke")
@require_GET
def found(request: HttpRequest) -> HttpResponse:
    """The newest credentials of one's authority, or those of a number or verification code."""
    words = request.GET.get("number", "").strip()[:100].replace("\x00", "")
    rows = [(one, credentials.shown_holder(one)) for one in credentials.list_to_end(request.actor, words)]
    context = {"words": words, "rows": rows}
    return render(request, "workbench/credentials.html", context, status=200 if rows or not words else 404)


@guard("credentials.credential.revoke")
@require_GET
def detail(request: HttpRequest, credential_uuid: UUID) -> HttpResponse:
    """One credential, what it is worth today, and the form that ends it."""
    return _page(request, credential_uuid)


@guard("credentials.credential.revoke")
@require_POST
def end(request: HttpRequest, credential_uuid: UUID) -> HttpResponse:
    """吊销、撤销、注销: at once, irrevocably; the holder is told why."""
    status, reason = request.POST.get("status", ""), request.POST.get("reason", "")
    try:
        credential_services.revoke(request.actor, uuid=credential_uuid, reason=reason, at=now(), status=status)
    except Invalid as fault:
        return _page(request, credential_uuid, fault=fault, chosen=status, reason=reason)
    messages.success(request, _("已终止该证照，并已告知持证人。"))
    return redirect("workbench:credential", credential_uuid)


def _page(request: HttpRequest, credential_uuid: UUID, fault: Invalid | None = None, **typed: Any) -> HttpResponse:
    credential = credentials.get_to_end(request.actor, credential_uuid)
    context = {
        "credential": credential,
        "holder": credentials.shown_holder(credential),
        "state": credentials.STATE_TEXTS[credential.state_on(china_date(now()))],
        "is_standing": credential.status == "valid",
        "ways": WAYS,
        "fault": fault,
        **typed,
    }
    return render(request, "workbench/credential.html", context, status=fault.status if fault else 200)
