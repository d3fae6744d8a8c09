"""身份核验: at the window, with the person and the document in front of one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, FieldError, Invalid
from zhengtong.security.permissions.services import guard

from .. import services

FIELDS = ("username", "name", "id_number")


@guard("identity.person.confirm")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """What the document says, and for which account; on a fault the page again, with what was typed."""
    data = {name: request.POST.get(name, "").strip() for name in FIELDS}
    errors: list[FieldError] = []
    if request.method == "POST":
        try:
            if request.POST.get("seen") != "yes":
                raise Invalid(fields=[FieldError("seen", _("请确认已当面核对本人和证件原件。"), _("当面核对"))])
            services.confirm_identity(actor=request.actor, at=now(), **data)  # type: ignore[attr-defined]
        except (Invalid, Conflict) as fault:
            errors = list(fault.fields) or [FieldError("username", f"{fault.message}{fault.remedy}", _("用户名"))]
        else:
            messages.success(request, _("已核验账号“%s”的身份，现为二级。") % data["username"])
            return HttpResponseRedirect(reverse("identity:confirm"))
    context = {"data": data, "errors": errors}
    return render(request, "identity/confirm.html", context, status=422 if errors else 200)
