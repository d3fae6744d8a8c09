"""What an officer does with a case: one POST, one verb, one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from zhengtong.kernel.clock import CHINA, now
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.texts import whole_number
from zhengtong.security.permissions.services import guard

from ... import queries, rules, services
from .desk import case_context


def _common(request: HttpRequest) -> dict[str, Any]:
    return {"actor": request.actor, "at": now(), "revision": queries.number_in(request.POST, "revision")}


def _moment(text: str) -> datetime:
    """A local moment from a `datetime-local` field. Raises Invalid."""
    from django.utils.translation import gettext as _

    try:
        return datetime.fromisoformat(text).replace(tzinfo=CHINA)
    except ValueError:
        raise Invalid(_("请填写日期和时间，例如 2026-11-21 14:30。"))


def _uuids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(t) for t in texts]
    except ValueError:
        raise Http404


def accept(request: HttpRequest, case_uuid: UUID) -> None:
    services.accept_case(case_uuid=case_uuid, **_common(request))


def refuse(request: HttpRequest, case_uuid: UUID) -> None:
    services.refuse_case(case_uuid=case_uuid, reason=request.POST.get("reason", ""), **_common(request))


def request_supplement(request: HttpRequest, case_uuid: UUID) -> None:
    keys, wants = request.POST.getlist("requirement"), request.POST.getlist("what")
    items = [{"requirement_key": k, "what": w.strip()} for k, w in zip(keys, wants, strict=False) if w.strip()]
    services.request_supplement(
        case_uuid=case_uuid, items=items, reason=request.POST.get("reason", ""), **_common(request)
    )


def suspend(request: HttpRequest, case_uuid: UUID) -> None:
    services.suspend_case(
        case_uuid=case_uuid,
        procedure=request.POST.get("procedure", ""),
        reason=request.POST.get("reason", ""),
        planned_days=whole_number(request.POST.get("planned_days", ""), 5) or 0,
        **_common(request),
    )


def resume(request: HttpRequest, case_uuid: UUID) -> None:
    services.resume_case(case_uuid=case_uuid, result=request.POST.get("result", ""), **_common(request))


def extend(request: HttpRequest, case_uuid: UUID) -> None:
    services.extend_case(
        case_uuid=case_uuid,
        reason=request.POST.get("reason", ""),
        approval=request.POST.get("approval", ""),
        **_common(request),
    )


def decide(request: HttpRequest, case_uuid: UUID) -> None:
    services.decide_case(
        case_uuid=case_uuid,
        granted=rules.check_outcome(request.POST.get("outcome", "")),
        reasons=request.POST.get("reasons", ""),
        **_common(request),
    )


def deliver(request: HttpRequest, case_uuid: UUID) -> None:
    services.deliver(case_uuid=case_uuid, channel=request.POST.get("channel", ""), **_common(request))


def comment(request: HttpRequest, case_uuid: UUID) -> None:
    services.comment(actor=request.actor, case_uuid=case_uuid, text=request.POST.get("text", ""), at=now())


def visit(request: HttpRequest, case_uuid: UUID) -> None:
    services.schedule_visit(
        case_uuid=case_uuid,
        officer_accounts=_uuids(request.POST.getlist("officers")),
        scheduled_at=_moment(request.POST.get("scheduled_at", "")),
        place=request.POST.get("place", ""),
        **_common(request),
    )


def record_visit(request: HttpRequest, case_uuid: UUID) -> None:  # noqa: ARG001  (what is acted on names its case)
    services.record_visit(
        visit_uuid=_uuids([request.POST.get("visit", "")])[0],
        findings=request.POST.get("findings", ""),
        conducted_at=_moment(request.POST.get("conducted_at", "")),
        **_common(request),
    )


def opinion(request: HttpRequest, case_uuid: UUID) -> None:  # noqa: ARG001  (what is acted on names its case)
    review_uuid = _uuids([request.POST.get("review", "")])[0]
    outcome, remarks = request.POST.get("outcome", ""), request.POST.get("remarks", "")
    if request.POST.get("do") == "keep":
        services.keep_opinion_draft(actor=request.actor, review_uuid=review_uuid, outcome=outcome, remarks=remarks)
        return
    common = _common(request) | {"revision": None}  # other authorities' opinions do not make this one stale
    services.record_opinion(review_uuid=review_uuid, outcome=outcome, remarks=remarks, **common)


def transfer(request: HttpRequest, case_uuid: UUID) -> None:  # noqa: ARG001  (what is acted on names its case)
    services.transfer_review(
        review_uuid=_uuids([request.POST.get("review", "")])[0],
        to_account=_uuids([request.POST.get("to", "")])[0],
        reason=request.POST.get("reason", ""),
        **_common(request),
    )


def route(verb: Callable[[HttpRequest, UUID], None], action: str) -> Callable[..., HttpResponse]:
    """A view that runs the verb and returns to the case; what was refused is shown there, nothing typed is lost."""

    @guard(action)
    @require_POST
    def view(request: HttpRequest, case_uuid: UUID) -> HttpResponse:
        try:
            verb(request, case_uuid)
        except Invalid as fault:
            case = queries.get_whole_case(request.actor, case_uuid)
            context = case_context(request, case, fault=fault, typed=request.POST, failed=verb.__name__)
            return render(request, "cases/workbench/case.html", context, status=fault.status)
        return redirect("workbench:case", case_uuid)

    return view
