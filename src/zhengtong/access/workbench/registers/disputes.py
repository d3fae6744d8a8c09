"""疑义核查: the queue of the authority that answers, and what one's own office asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.kernel.idempotency.services import exempt
from zhengtong.kernel.limits.providers import limited
from zhengtong.kernel.texts import whole_number
from zhengtong.resources.registers import queries, services
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard
from zhengtong.support.deadlines import queries as deadlines

from . import showing

BOXES = ("open", "answered", "raised")


@guard("registers.dispute.raise")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Disputes to answer with the days left; those answered; those that one's own office raised."""
    asked = request.GET.get("box", "")
    box = asked if asked in BOXES else "open"
    before = whole_number(request.GET.get("before", ""))
    found = queries.list_disputes(request.actor, raised=box == "raised", is_open=box == "open", before=before)
    clocks = deadlines.clocks_for([one.urn for one in found], at=now())
    names = showing.organisation_names(
        [one.organisation_uuid for one in found if one.organisation_uuid] + [one.authority_uuid for one in found]
    )
    context = {
        "box": box,
        "rows": [(one, _register_of(one), _label(one), deadlines.most_urgent(clocks[one.urn]), names) for one in found],
        "names": names,
        "older": found[-1].pk if len(found) == queries.PAGE else None,
    }
    return render(request, "workbench/registers/disputes.html", context)


def _register_of(dispute: Any) -> Any:
    return queries.get_register(dispute.register)


def _label(dispute: Any) -> Any:
    return _register_of(dispute).by_name[dispute.field].label


@guard("registers.dispute.answer")
@require_GET
def detail(request: HttpRequest, dispute_uuid: UUID) -> HttpResponse:
    """One dispute, its value masked, and the form that answers it."""
    return _page(request, dispute_uuid)


@limited("reveal")
@exempt("every look at unmasked data runs and is recorded anew; its page is not kept")
@guard("registers.dispute.answer")
@require_POST
def reveal(request: HttpRequest, dispute_uuid: UUID) -> HttpResponse:
    """What is registered and what should be, in clear and on record."""
    return _page(request, dispute_uuid, opened=services.reveal_dispute(
        actor=request.actor, dispute_uuid=dispute_uuid, at=now()
    ))  # fmt: skip


@guard("registers.dispute.answer")
@require_POST
def answer(request: HttpRequest, dispute_uuid: UUID) -> HttpResponse:
    """Upheld, with the value that is right and the document; or rejected, with the reason."""
    posted = request.POST
    ask: dict[str, Any] = {"actor": request.actor, "dispute_uuid": dispute_uuid, "reason": posted.get("reason", "")}
    try:
        if posted.get("outcome") == "upheld":
            services.uphold_dispute(
                value=posted.get("value", "")[:5000], document=posted.get("document", ""), at=now(), **ask
            )
        elif posted.get("outcome") == "rejected":
            services.reject_dispute(at=now(), **ask)
        else:
            permissions.require(request.actor, "registers.dispute.answer", queries.get_dispute(dispute_uuid))
            told = _("请选择核查结论。")
            raise Invalid(told, fields=[FieldError("outcome", told)])
    except Invalid as fault:
        return _page(request, dispute_uuid, fault=fault)
    messages.success(request, _("已答复，并已告知提出人。"))
    return redirect("workbench:disputes")


def _page(
    request: HttpRequest, dispute_uuid: UUID, *, opened: Any = None, fault: Invalid | None = None
) -> HttpResponse:
    dispute = queries.get_dispute(dispute_uuid)
    permissions.require(request.actor, "registers.dispute.answer", dispute)
    register = _register_of(dispute)
    record = services.look_at(register=dispute.register, uuid=dispute.record_uuid, at=now())
    assert record, "a record is always something now"
    one = register.by_name[dispute.field]
    context = {
        "dispute": dispute, "register": register, "field": one, "title": showing.titled(record),
        "held": opened.held if opened else showing.text_of(record[one.name]),
        "stated": opened.stated if opened else queries.masked(one, dispute.stated),
        "opened": opened, "fault": fault, "typed": request.POST,
        "clock": deadlines.most_urgent(deadlines.clocks_of(dispute.urn, at=now())),
        "names": showing.organisation_names([dispute.organisation_uuid] if dispute.organisation_uuid else []),
    }  # fmt: skip
    context["raiser"] = context["names"].get(dispute.organisation_uuid)
    return render(request, "workbench/registers/dispute.html", context, status=fault.status if fault else 200)
