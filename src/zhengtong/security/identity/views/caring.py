"""代办关系: at the window, who acts for a child or a parent."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.errors import FieldError, Invalid, ZhengtongError
from zhengtong.security.permissions.services import Denied, guard

from .. import queries, services
from ..models import Representation
from ..rules import ALL_SERVICES
from .agencies import end_of, row_of

FIELDS = ("kind", "agent_name", "agent_id_number", "principal_name", "principal_id_number", "basis", "valid_to")
_BASES = {
    Representation.Basis.HOUSEHOLD_BOOKLET: gettext_lazy("户口簿"),
    Representation.Basis.BIRTH_CERTIFICATE: gettext_lazy("出生医学证明"),
    Representation.Basis.COURT_RULING: gettext_lazy("法院判决书、裁定书"),
    Representation.Basis.POWER_OF_ATTORNEY: gettext_lazy("本人签字的授权委托书"),
}


@guard("identity.agency.confirm")
@require_http_methods(["GET", "POST"])
def care(request: HttpRequest) -> HttpResponse:
    """Confirm a relation, or find those of a person in order to end one; on a fault the page again."""
    data: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in FIELDS}
    data |= {"scope": request.POST.getlist("scope"), "all_services": request.POST.get("whole", "all") == "all"}
    errors: list[FieldError] = []
    found = None
    if request.method == "POST" and request.POST.get("do") == "find":
        found = _found(request.POST.get("number", ""))
    elif request.method == "POST":
        try:
            _confirm(request, data)
        except Denied:
            raise
        except ZhengtongError as fault:
            errors = list(fault.fields) or [FieldError("agent_name", f"{fault.message}{fault.remedy}", _("代办人"))]
        else:
            messages.success(request, _("已登记代办关系，代办人现在可以切换到这个身份。"))
            return HttpResponseRedirect(reverse("identity:care"))
    context = {
        "data": data, "errors": errors, "bases": list(_BASES.items()), "found": found,
        "services": sorted((queries.known_services("person") or {}).items()), "today": china_date(now()).isoformat(),
    }  # fmt: skip
    return render(request, "identity/care.html", context, status=422 if errors else 200)


def _confirm(request: HttpRequest, data: dict[str, Any]) -> None:
    if request.POST.get("seen") != "yes":
        raise Invalid(fields=[FieldError("seen", _("请确认已当面核对本人和证件原件。"), _("当面核对"))])
    services.confirm_care(
        actor=request.actor,  # type: ignore[attr-defined]
        kind=data["kind"],
        agent=services.Named(data["agent_name"], data["agent_id_number"]),
        principal=services.Named(data["principal_name"], data["principal_id_number"]),
        basis=data["basis"],
        scope=[ALL_SERVICES] if data["all_services"] else data["scope"],
        valid_to=end_of(data["valid_to"]) if data["valid_to"] else None,
        at=now(),
    )


def _found(number: str) -> list[dict[str, Any]]:
    """Who acts for the person of that number; nothing is said of a number nobody proved."""
    person = queries.find_person(number) if number.strip() else None
    titles = queries.known_services("person")
    rows = queries.list_agencies_granted(person.urn, now()) if person else []
    return [row_of(agency, titles) for agency in rows]


@require_POST
@guard("identity.agency.confirm")
def end_care(request: HttpRequest, agency_uuid: uuid.UUID) -> HttpResponse:
    """End a relation, with the reason."""
    reason = request.POST.get("reason", "")
    services.end_care(actor=request.actor, representation_uuid=agency_uuid, reason=reason, at=now())  # type: ignore[attr-defined]
    messages.success(request, _("代办关系已解除，立即生效。"))
    return HttpResponseRedirect(reverse("identity:care"))
