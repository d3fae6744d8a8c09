"""数据质量通报: sent to an authority, answered by it, closed by the run that finds its records mended."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.texts import whole_number
from zhengtong.resources.registers import queries, services
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard
from zhengtong.support.deadlines import queries as deadlines

from . import quality, showing


@guard("registers.quality.report")
@require_POST
def send(request: HttpRequest, register_key: str) -> HttpResponse:
    """Rules of one authority, and what the steward has to say."""
    posted = request.POST
    try:
        report = services.send_report(
            actor=request.actor, register=register_key, authority=posted.get("authority", ""),
            rules=posted.getlist("rules"), text=posted.get("text", ""), at=now(),
        )  # fmt: skip
    except Invalid as fault:
        return quality.shown(request, register_key, fault=fault)
    messages.success(request, _("已发出通报，对方在“质量通报”中办理。"))
    return redirect("workbench:quality-report", report.uuid)


@guard("registers.quality.read")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Those to one's own authority, or those one's own office sent."""
    box = "sent" if request.GET.get("box") == "sent" else "received"
    before = whole_number(request.GET.get("before", ""))
    found = queries.list_quality_reports(request.actor, sent=box == "sent", before=before)
    clocks = deadlines.clocks_for([one.urn for one in found], at=now())
    names = showing.organisation_names(
        [one.authority_uuid for one in found] + [one.sender_uuid for one in found if one.sender_uuid]
    )
    rows = [
        {
            "report": one, "register": queries.get_register(one.register), "to": names.get(one.authority_uuid),
            "sender": names.get(one.sender_uuid) if one.sender_uuid else None,
            "clock": deadlines.most_urgent(clocks[one.urn]),
            "failing": sum(told.failing for told in one.rules.all()), "left": sum(t.left for t in one.rules.all()),
        }
        for one in found
    ]  # fmt: skip
    context = {"box": box, "rows": rows, "older": found[-1].pk if len(found) == queries.PAGE else None}
    return render(request, "workbench/registers/quality_reports.html", context)


@guard("registers.quality.read")
@require_GET
def detail(request: HttpRequest, report_uuid: UUID) -> HttpResponse:
    """The report as it is read and printed, with how far its records are mended."""
    return _page(request, report_uuid)


@guard("registers.quality.answer")
@require_POST
def answer(request: HttpRequest, report_uuid: UUID) -> HttpResponse:
    """What the authority found and did."""
    try:
        services.answer_report(
            actor=request.actor, report_uuid=report_uuid, answer=request.POST.get("answer", ""), at=now()
        )
    except Invalid as fault:
        return _page(request, report_uuid, fault=fault)
    messages.success(request, _("已反馈。下次检查时复核，所列记录全部改正后自动销号。"))
    return redirect("workbench:quality-report", report_uuid)


def _page(request: HttpRequest, report_uuid: UUID, *, fault: Invalid | None = None) -> HttpResponse:
    report = queries.get_quality_report(report_uuid)
    names = showing.organisation_names([one for one in (report.authority_uuid, report.sender_uuid) if one])
    context = {
        "report": report, "register": queries.get_register(report.register), "rules": list(report.rules.all()),
        "to": names.get(report.authority_uuid), "sender": names.get(report.sender_uuid) if report.sender_uuid else None,
        "clock": deadlines.most_urgent(deadlines.clocks_of(report.urn, at=now())), "fault": fault,
        "typed": request.POST, "kept": queries.MOST_FINDINGS,
        "may_answer": not report.is_closed and permissions.allows(request.actor, "registers.quality.answer", report),
    }  # fmt: skip
    return render(request, "workbench/registers/quality_report.html", context, status=fault.status if fault else 200)
