"""三级核验: two officials, one after the other, compare the face with the document; and a level taken back."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import date
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
from zhengtong.kernel.ids import parse_urn
from zhengtong.kernel.texts import mask_id_number
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import Denied, guard

from .. import services, verifications
from ..models import Verification

FIELDS = ("username", "name", "id_number", "document", "document_valid_to")
LOWERED = ("lower_username", "lower_name", "lower_level", "lower_reason")
DOCUMENTS = {
    Verification.Document.RESIDENT_CARD: gettext_lazy("居民身份证"),
    Verification.Document.TEMPORARY_CARD: gettext_lazy("临时居民身份证"),
    Verification.Document.RESIDENCE_PERMIT: gettext_lazy("港澳台居民居住证"),
}


@guard("identity.verification.list")
@require_http_methods(["GET", "POST"])
def verification(request: HttpRequest) -> HttpResponse:
    """What waits for me, the comparison at the window, a level taken back; on a fault the page with what was typed."""
    data = {name: request.POST.get(name, "").strip() for name in (*FIELDS, *LOWERED)}
    data["lifelong"] = request.POST.get("lifelong", "")
    errors: list[FieldError] = []
    if request.method == "POST":
        is_lowering = request.POST.get("do") == "lower"
        try:
            (_lower if is_lowering else _request)(request, data)
        except Denied:
            raise
        except ZhengtongError as fault:
            errors = _named(fault, "lower_" if is_lowering else "")
        else:
            return HttpResponseRedirect(reverse("identity:verification"))
    actor: Any = request.actor  # type: ignore[attr-defined]
    context = {
        "data": data, "errors": errors, "rows": _rows(actor), "documents": list(DOCUMENTS.items()),
        "today": china_date(now()).isoformat(),
        "may_request": permissions.could(actor, "identity.verification.request"),
        "may_lower": permissions.could(actor, "identity.person.lower"),
    }  # fmt: skip
    return render(request, "identity/verification.html", context, status=422 if errors else 200)


def _named(fault: ZhengtongError, prefix: str) -> list[FieldError]:
    """Each fault at its field of this page; one that concerns none, at the user name."""
    found = fault.fields or [FieldError("username", f"{fault.message}{fault.remedy}", _("用户名"))]
    return [FieldError(f"{prefix}{one.path}", one.message, one.label) for one in found]


def _request(request: HttpRequest, data: dict[str, str]) -> None:
    if request.POST.get("seen") != "yes":
        raise Invalid(fields=[FieldError("seen", _("请确认已当面比对本人、照片和证件原件。"), _("当面比对"))])
    services.request_verification(
        actor=request.actor,  # type: ignore[attr-defined]
        username=data["username"], name=data["name"], id_number=data["id_number"],
        document=services.Document(data["document"], None if data["lifelong"] else _day(data["document_valid_to"])),
        at=now(),
    )  # fmt: skip
    messages.success(request, _("已记录。请另一位工作人员趁本人在场，在“三级核验”中复核，两小时内有效。"))


def _day(text: str) -> date | None:
    """Raises Invalid for what is no day; empty: the rules say whether that may be."""
    if not text:
        return None
    with suppress(ValueError):
        return date.fromisoformat(text)
    raise Invalid(fields=[FieldError("document_valid_to", _("请填写日期，例如 2035-06-30。"), _("证件有效期至"))])


def _lower(request: HttpRequest, data: dict[str, str]) -> None:
    level = int(data["lower_level"]) if data["lower_level"] in ("1", "2") else 0
    services.take_back_level(
        actor=request.actor,  # type: ignore[attr-defined]
        username=data["lower_username"], name=data["lower_name"], level=level, reason=data["lower_reason"], at=now(),
    )  # fmt: skip
    said = _("已收回账号“%(name)s”的实名等级，现为 %(level)d 级。")
    messages.success(request, said % {"name": data["lower_username"], "level": level})


def _rows(actor: Any) -> list[dict[str, Any]]:
    """What waits, with whom it concerns and who looked first; only what this official may still do."""
    found = verifications.list_verifications(actor=actor, at=now())
    names = directory.holder_names({parse_urn(row.requested_by_urn).uuid for row in found}) if found else {}
    return [
        {
            "verification": row, "username": row.person.account.username if row.person.account else "",
            "id_number": mask_id_number(str(row.person.id_number or "")), 
            "document": DOCUMENTS[Verification.Document(row.document)],
            "requested_by": names.get(parse_urn(row.requested_by_urn).uuid, ""),
            "is_mine": row.requested_by_urn == actor.urn,
        }
        for row in found
    ]  # fmt: skip


@require_POST
@guard("identity.verification.decide")
def decide_verification(request: HttpRequest, verification_uuid: uuid.UUID) -> HttpResponse:
    """The second official: confirmed after an own look, or refused with a reason."""
    confirm = request.POST.get("decision") == "confirm"
    if confirm and request.POST.get("seen") != "yes":
        raise Invalid(_("没有勾选“我已当面比对”，没有确认。"), remedy=_("请亲自比对本人与证件后勾选，再确认。"))
    services.decide_verification(
        actor=request.actor,  # type: ignore[attr-defined]
        verification_uuid=verification_uuid, confirm=confirm, reason=request.POST.get("reason", ""), at=now(),
    )  # fmt: skip
    messages.success(request, _("已确认，该账号现为三级。") if confirm else _("已退回，账号的等级没有变化。"))
    return HttpResponseRedirect(reverse("identity:verification"))


@require_POST
@guard("identity.verification.withdraw")
def withdraw_verification(request: HttpRequest, verification_uuid: uuid.UUID) -> HttpResponse:
    """By who asked."""
    actor = request.actor  # type: ignore[attr-defined]
    services.withdraw_verification(actor=actor, verification_uuid=verification_uuid, at=now())
    messages.success(request, _("已撤回，账号的等级没有变化。"))
    return HttpResponseRedirect(reverse("identity:verification"))
