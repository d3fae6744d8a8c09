"""账号恢复: one official asks at the window, another approves, the holder gets a slip and chooses a password."""

from __future__ import annotations

import uuid
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import FieldError, Invalid, ZhengtongError
from zhengtong.kernel.ids import parse_urn
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import Denied, guard, public

from .. import recoveries, services
from ..models import Recovery
from ..sign_in.forms import ChoosePasswordForm

FIELDS = ("username", "name", "id_number", "reason")


@guard("identity.recovery.list")
@require_http_methods(["GET", "POST"])
def recovery(request: HttpRequest) -> HttpResponse:
    """What waits for me, and the request at the window; on a fault the page again, with what was typed."""
    data = {name: request.POST.get(name, "").strip() for name in FIELDS}
    errors: list[FieldError] = []
    actor: Any = request.actor  # type: ignore[attr-defined]
    may_request = permissions.could(actor, "identity.recovery.request")
    if request.method == "POST":
        try:
            if request.POST.get("seen") != "yes":
                raise Invalid(fields=[FieldError("seen", _("请确认已当面核对本人和证件原件。"), _("当面核对"))])
            services.request_recovery(actor=actor, at=now(), **data)
        except Denied:
            raise
        except ZhengtongError as fault:
            errors = list(fault.fields) or [FieldError("username", f"{fault.message}{fault.remedy}", _("用户名"))]
        else:
            messages.success(request, _("已申请。请另一位有权限的工作人员在“账号恢复”中批准，24 小时内有效。"))
            return HttpResponseRedirect(reverse("identity:recovery"))
    context = {"data": data, "errors": errors, "may_request": may_request, "rows": _rows(actor)}
    return render(request, "identity/recovery.html", context, status=422 if errors else 200)


def _rows(actor: Any) -> list[dict[str, Any]]:
    found = recoveries.list_recoveries(actor=actor, at=now())
    hands = {parse_urn(urn).uuid for r in found for urn in (r.requested_by_urn, r.decided_by_urn) if "urn:" in urn}
    names = directory.holder_names(hands) if hands else {}
    return [
        {
            "recovery": r,
            "requested_by": names.get(parse_urn(r.requested_by_urn).uuid, ""),
            "is_mine": r.requested_by_urn == actor.urn,
            "is_approved": r.state == Recovery.State.APPROVED,
        }
        for r in found
    ]


@require_POST
@guard("identity.recovery.decide")
def decide_recovery(request: HttpRequest, recovery_uuid: uuid.UUID) -> HttpResponse:
    """Approve or refuse somebody else's request."""
    approve = request.POST.get("decision") == "approve"
    services.decide_recovery(actor=request.actor, recovery_uuid=recovery_uuid, approve=approve, at=now())  # type: ignore[attr-defined]
    said = _("已批准，请申请的工作人员为本人打印恢复单。") if approve else _("已退回，账号没有变化。")
    messages.success(request, said)
    return HttpResponseRedirect(reverse("identity:recovery"))


@require_POST
@guard("identity.recovery.withdraw")
def withdraw_recovery(request: HttpRequest, recovery_uuid: uuid.UUID) -> HttpResponse:
    """By who asked, or by the holder who did not."""
    actor = request.actor  # type: ignore[attr-defined]
    withdrawn = services.withdraw_recovery(actor=actor, recovery_uuid=recovery_uuid, at=now())
    messages.success(request, _("恢复申请已撤回，账号没有变化。"))
    by_holder = withdrawn.holder_urn == actor.urn
    return HttpResponseRedirect(reverse("identity:security" if by_holder else "identity:recovery"))


@never_cache
@require_POST
@guard("identity.recovery.issue")
def recovery_slip(request: HttpRequest, recovery_uuid: uuid.UUID) -> HttpResponse:
    """The slip, to be printed and handed to the holder; from now on nothing else opens the account."""
    slip = services.issue_recovery(actor=request.actor, recovery_uuid=recovery_uuid, at=now())  # type: ignore[attr-defined]
    address = settings.ZT_BASE_URL.rstrip("/") + slip.path
    code = segno.make(address, error="m").svg_data_uri(scale=4, border=4)
    context = {"slip": slip, "address": address, "qr": code, "username": slip.recovery.account.username}
    return render(request, "identity/recovery_slip.html", context)


@never_cache
@public("持恢复单的人尚未登录；单上的链接本身即凭据")
def recover(request: HttpRequest, recovery_uuid: uuid.UUID, token: str) -> HttpResponse:
    """The page behind the slip: its holder chooses a password, once."""
    account = recoveries.find_account_by_slip(recovery_uuid, token, now())
    form = ChoosePasswordForm(data=request.POST or None, user=account)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["password1"]
        services.recover_account(recovery_uuid=recovery_uuid, token=token, password=password, at=now())
        messages.success(request, _("密码已设置，请登录，并重新设置通行密钥或动态口令。"))
        return HttpResponseRedirect(reverse("account_login"))
    context = {"form": form, "username": account.username}
    return render(request, "identity/choose_password.html", context, status=422 if form.errors else 200)
