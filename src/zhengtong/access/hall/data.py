"""我的数据: what registers hold of the party, with sources, and the button that disputes a value."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Invalid
from zhengtong.resources.registers import queries as registers
from zhengtong.resources.registers import services
from zhengtong.security.permissions.services import guard


@guard("registers.own.read")
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """The own records, field by field with their sources, and what one disputed."""
    return _page(request)


@guard("registers.own.read")
@require_POST
def dispute(request: HttpRequest) -> HttpResponse:
    """A value about oneself is doubted: its authority answers within 10 working days."""
    posted = request.POST
    register, record_uuid = _record(posted.get("record", ""))
    try:
        services.dispute_own(
            actor=request.actor, register=register, record_uuid=record_uuid, field=posted.get("field", ""),
            stated=posted.get("stated", "")[:5000], reason=posted.get("reason", ""), at=now(),
        )  # fmt: skip
    except Invalid as fault:
        return _page(request, fault=fault)
    messages.success(request, _("已送登记部门核查，10 个工作日内答复，结果会发到“我的消息”。"))
    return redirect("hall:data")


def _record(named: str) -> tuple[str, UUID]:
    """`register:uuid` of a form; a nonsense names nobody's record."""
    register, _colon, text = named.partition(":")
    try:
        return register, UUID(text)
    except ValueError:
        return register, UUID(int=0)


def _page(request: HttpRequest, *, fault: Invalid | None = None) -> HttpResponse:
    records = services.records_of(request.actor, now())
    disputes = registers.list_disputes_of_party(request.actor.party_urn)
    context = {
        "records": [(one, f"{one.definition.key}:{one.uuid}", services.items_of(one)) for one in records],
        "disputes": [
            (
                one,
                registers.get_register(one.register).label,
                registers.get_register(one.register).by_name[one.field].label,
            )
            for one in disputes
        ],
        "typed": request.POST,
        "fault": fault,
    }
    return render(request, "hall/data.html", context, status=fault.status if fault else 200)
