"""Following a case: where it is, who has it, until when and why; and the acts the applicant has."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.clock import now
from zhengtong.kernel.limits.providers import limited
from zhengtong.kernel.texts import whole_number
from zhengtong.security.audit import queries as audit_queries
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions.services import guard
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.files import queries as file_queries
from zhengtong.support.files import services as files
from zhengtong.support.workflow import queries as workflow

from ... import queries, services
from ...explaining import explain_clock


@guard("cases.case.own")
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """My cases, by box, newest first."""
    box = request.GET.get("box", "all")
    before = whole_number(request.GET.get("before", ""))
    cases = queries.list_own(request.actor, box=box, before=before)
    clocks = deadlines.clocks_for([c.urn for c in cases], at=now(), open_only=True)
    rows = [(case, queries.pressing_clock(clocks.get(case.urn, []))) for case in cases]
    more = cases[-1].pk if len(cases) == queries.PAGE else None
    return render(request, "cases/hall/list.html", {"rows": rows, "box": box, "more": more})


@guard("cases.case.own")
@require_GET
def case_detail(request: HttpRequest, case_uuid: UUID) -> HttpResponse:
    """One case: timeline, clocks, papers, messages, and what can be done now."""
    case = queries.get_whole_case(request.actor, case_uuid, "cases.case.own")
    view = queries.view_case(case, at=now())
    version = public_services.get_pinned_version(case.service_version_uuid)
    context = {
        "case": case,
        "view": view,
        "acts": queries.acts_possible(case),
        "form": public_services.form_of(version),
        "data": queries.latest_submission(case),
        "diagram": workflow.diagram_svg(version.process_definition_uuid, queries.diagram_states(view)),
        "receipts": queries.receipts_of(view.history),
        "scores": [5, 4, 3, 2, 1],
    }
    return render(request, "cases/hall/detail.html", context)


@guard("cases.case.own")
@require_GET
def clock(request: HttpRequest, case_uuid: UUID, clock_uuid: UUID) -> HttpResponse:
    """Why this day: how a deadline of one's case came about, every day counted or not, and the clause."""
    case = queries.get_case(request.actor, case_uuid, "cases.case.own")
    context = {"case": case, "explanation": explain_clock(case, clock_uuid, at=now())}
    return render(request, "cases/hall/clock.html", context)


@guard("cases.case.own")
@require_GET
def case_done(request: HttpRequest, case_uuid: UUID) -> HttpResponse:
    """Filed: the number, the query password (this once, then it is nowhere), the receipt, and what happens next."""
    case = queries.get_whole_case(request.actor, case_uuid, "cases.case.own")
    view = queries.view_case(case, at=now())
    context = {
        "case": case,
        "view": view,
        "password": request.session.pop(f"password:{case.uuid}", ""),
        "receipts": queries.receipts_of(view.history),
        "acceptance": next((c for c in reversed(view.clocks) if c.key == "acceptance"), None),
    }
    return render(request, "cases/hall/done.html", context)


@guard("cases.case.own")
@require_POST
def supplement(request: HttpRequest, case_uuid: UUID) -> HttpResponse:
    """Open the draft in which the supplement notice is answered."""
    draft_uuid = services.start_supplement(actor=request.actor, case_uuid=case_uuid, at=now())
    return redirect("hall:draft", draft_uuid)


@guard("cases.case.own")
@require_POST
def withdraw(request: HttpRequest, case_uuid: UUID) -> HttpResponse:
    """Take the application back."""
    services.withdraw_case(
        actor=request.actor,
        case_uuid=case_uuid,
        reason=request.POST.get("reason", ""),
        at=now(),
        revision=queries.number_in(request.POST, "revision"),
    )
    return redirect("hall:case", case_uuid)


@guard("cases.case.own")
@require_POST
def rate(request: HttpRequest, case_uuid: UUID) -> HttpResponse:
    """Rate the service received."""
    services.rate_case(
        actor=request.actor,
        case_uuid=case_uuid,
        score=whole_number(request.POST.get("score", ""), 2) or 0,
        remarks=request.POST.get("remarks", ""),
        at=now(),
    )
    return redirect("hall:case", case_uuid)


@guard("cases.case.own")
@require_POST
def collect(request: HttpRequest, case_uuid: UUID) -> HttpResponse:
    """Receive the decision online: that is its delivery."""
    services.collect(actor=request.actor, case_uuid=case_uuid, at=now())
    return redirect("hall:case", case_uuid)


@limited("download")
@guard("cases.case.own")
@require_GET
def receipt(request: HttpRequest, case_uuid: UUID, entry_uuid: UUID) -> HttpResponse:
    """The signed receipt of one act, as a file that `zt receipt verify` checks without any server."""
    case = queries.get_case(request.actor, case_uuid, "cases.case.own")
    entry = audit_queries.find_entry(entry_uuid)
    if entry is None or entry.object_urn != case.urn or entry.action not in queries.RECEIPT_ACTIONS:
        raise Http404
    content = audit.receipt_file(entry)
    response = HttpResponse(content, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="receipt-{case.number}-{entry.uuid}.json"'
    return response


@limited("download")
@guard("cases.case.read")
@require_GET
def paper(request: HttpRequest, paper_uuid: UUID) -> FileResponse:
    """An official paper as PDF; for the applicant and for the authorities of the case."""
    wanted = queries.get_paper(request.actor, paper_uuid)
    if not queries.is_legal_entity(wanted.case):
        services.note_look(actor=request.actor, case=wanted.case, urn=wanted.urn, at=now())
    drawn = services.render_paper(paper_uuid=paper_uuid, at=now())
    assert drawn.file_uuid is not None
    return files.download_response(file_queries.get_file(drawn.file_uuid), inline=True)


@limited("download")
@guard("cases.case.read")
@require_GET
def evidence_file(request: HttpRequest, case_uuid: UUID, file_uuid: UUID) -> FileResponse:
    """A file handed in with the case; the applicant sees which official opened it."""
    case = queries.get_case(request.actor, case_uuid)
    if not case.evidence.filter(file_uuid=file_uuid).exists():
        raise Http404
    file = file_queries.get_file(file_uuid)
    services.note_look(actor=request.actor, case=case, urn=file.urn, at=now())
    return files.download_response(file, inline=True)
