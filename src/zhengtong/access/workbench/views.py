"""Why may I (not)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhengtong.applications.cases import queries as cases
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
