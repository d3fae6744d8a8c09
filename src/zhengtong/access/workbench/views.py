"""Pages of the rooms that have none of their own: why may I (not), and the accountability log."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhengtong.applications.cases import queries as cases
from zhengtong.kernel.texts import whole_number
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.providers import POLICIES
from zhengtong.security.permissions.services import guard


@guard("workbench.permissions.explain")
@require_GET
def permissions_page(request: HttpRequest) -> HttpResponse:
    """我的权限: what my posts let me do, and for one act on one case, every rule with its answer."""
    action, number = request.GET.get("action", ""), request.GET.get("number", "").strip()
    case = cases.find_by_number(request.actor, number) if number else None
    answers = permissions.explain(request.actor, action, case) if action in POLICIES else []
    context = {
        "posts": request.actor.posts,
        "policies": [(key, policy.label, permissions.could(request.actor, key)) for key, policy in POLICIES.items()],
        "action": action,
        "number": number,
        "case": case,
        "answers": answers,
        "is_about_another": case is not None and action in POLICIES and not POLICIES.get(action).is_about(case),
    }
    return render(request, "workbench/permissions.html", context)


@guard("workbench.log.read")
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """责任认定: the latest entries, or those of one object; denials included."""
    urn = request.GET.get("object", "").strip()
    start = whole_number(request.GET.get("before", ""))
    entries = audit.list_for_object(urn, before=start) if urn else audit.list_latest(before=start)
    rows = [(entry, ACTIONS.find(entry.action) or entry.action) for entry in entries]
    more = entries[-1].id if len(entries) == audit.PAGE else None
    context = {"rows": rows, "object": urn, "more": more, "tree": audit.find_checkpoint()}
    return render(request, "workbench/log.html", context)
