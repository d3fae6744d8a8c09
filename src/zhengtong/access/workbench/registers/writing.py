"""The authority amends or corrects a record; another office disputes a value of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, FieldError, Invalid
from zhengtong.resources.registers import queries, services
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard

from . import reading, showing

_KINDS = ("amend", "correct")


@guard("registers.record.write")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, register_key: str, record_uuid: UUID) -> HttpResponse:
    """The form that amends or corrects the fields of one's own authority: only what is filled in is changed."""
    register = queries.get_register(register_key)
    own = showing.own_authorities(register, request.actor)
    fields = [one for one in register.fields if one.authority in own and not one.is_retired and one.type != "urn"]
    fault = None
    if request.method == "POST":
        try:
            _write(request, register_key, record_uuid, [one.name for one in fields])
        except (Invalid, Conflict) as refused:
            fault = refused
        else:
            messages.success(request, _("已写入。原来的内容保留在历史中，可按日期查询。"))
            return redirect("workbench:register-record", register_key, record_uuid)
    masked = services.look_at(register=register_key, uuid=record_uuid, at=now())
    assert masked, "a record is always something now"
    context = {
        "register": register, "record_uuid": record_uuid, "title": showing.titled(masked),
        "fields": [(one, showing.text_of(masked[one.name]), request.POST.get(one.name, "")) for one in fields],
        "cleared": request.POST.getlist("clear"), "typed": request.POST, "fault": fault,
    }  # fmt: skip
    return render(request, "workbench/registers/change.html", context, status=fault.status if fault else 200)


def _write(request: HttpRequest, register: str, record_uuid: UUID, names: list[str]) -> None:
    posted = request.POST
    changes: dict[str, Any] = {name: posted[name][:5000] for name in names if posted.get(name, "").strip()}
    changes |= dict.fromkeys((name for name in posted.getlist("clear") if name in names), "")
    kind = posted.get("kind", "")
    if kind not in _KINDS or not changes:
        faults = [] if kind in _KINDS else [FieldError("kind", _("请选择变更或更正。"), _("方式"))]
        faults += [] if changes else [FieldError(names[0] if names else "kind", _("请至少填写一项要改的内容。"))]
        raise Invalid(_("没有写入，请先修改。"), fields=faults)
    since = showing.day_of(posted.get("since", ""), "since", _("自哪一天起"))
    more: dict[str, Any] = {"actor": request.actor, "register": register, "uuid": record_uuid, "changes": changes}
    more |= {"since": since, "reason": posted.get("reason", ""), "at": now()}
    if kind == "amend":
        services.amend_record(**more)
    else:
        services.correct_record(document=posted.get("document", ""), **more)


@guard("registers.dispute.raise")
@require_POST
def dispute(request: HttpRequest, register_key: str, record_uuid: UUID) -> HttpResponse:
    """A value is doubted: its authority is asked, the value marked meanwhile."""
    permissions.require(request.actor, "registers.dispute.raise")
    posted = request.POST
    try:
        services.dispute_value(
            actor=request.actor, register=register_key, record_uuid=record_uuid, field=posted.get("field", ""),
            stated=posted.get("stated", "")[:5000], reason=posted.get("reason", ""), at=now(),
        )  # fmt: skip
    except Invalid as fault:
        return reading.page(request, register_key, record_uuid, asked={}, fault=fault, open_form="dispute")
    messages.success(request, _("已送数源部门核查，答复后在“疑义核查”中告知。"))
    return redirect("workbench:register-record", register_key, record_uuid)
