"""我的权限: what my posts let me do and why (not), who else could, and what I let colleagues do for me."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhengtong.applications.cases import queries as cases
from zhengtong.kernel.clock import CHINA, china_date, now
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, ZhengtongError
from zhengtong.kernel.texts import Texts
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity import queries as identity
from zhengtong.security.permissions import queries as permission_queries
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.providers import POLICIES, PURPOSES
from zhengtong.security.permissions.services import NO_LIMIT, Extent, Reach, Secrecy, guard, highest_held

MOST_NAMED = 20  # officials on the page; `zt permissions who` names more


@guard("workbench.permissions.explain")
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """What my posts let me do, and for one act on one case, every rule with its answer, and who could."""
    return _render(request)


def _render(request: HttpRequest, *, fault: ZhengtongError | None = None) -> HttpResponse:
    action, number = request.GET.get("action", ""), request.GET.get("number", "").strip()
    purpose = request.GET.get("purpose", "")
    case = cases.find_by_number(request.actor, number) if number else None
    context = {
        "posts": _posts(request),
        "purposes": PURPOSES.items(),
        "purpose": purpose,
        "policies": [(key, policy.label, permissions.could(request.actor, key)) for key, policy in POLICIES.items()],
        "action": action,
        "number": number,
        "case": case,
        **(_explained(request, action, case, purpose) if action in POLICIES else {}),
        **({} if case else _delegations(request)),  # a question about a case is answered alone, in few queries
        "fault": fault,
        "typed": request.POST,
    }
    return render(request, "workbench/permissions.html", context, status=fault.status if fault else 200)


def _posts(request: HttpRequest) -> list[tuple[Any, list[Any]]]:
    """My posts, each with its roles and how far they reach."""
    held = permission_queries.list_roles_held(request.actor)
    return [(post, [one for one in held if one.post_uuid == post.uuid]) for post in request.actor.posts]


def _explained(request: HttpRequest, action: str, case: Any, purpose: str) -> dict[str, Any]:
    """The rules for me, the delegation that decided, and who could do it to this case."""
    is_about = case is not None and POLICIES.get(action).is_about(case)
    if is_about:
        prefetch_related_objects([case], "reviews")
    return {
        "answers": permissions.explain(request.actor, action, case, purpose=purpose),
        "lent": permissions.deciding_delegation(request.actor, action, case if is_about else None, purpose=purpose),
        "able": identity.who_may(action, case, at=now(), most=MOST_NAMED, purpose=purpose) if is_about else [],
        "action_label": POLICIES.get(action).label,
        "is_about_another": case is not None and not is_about,
    }


def _delegations(request: HttpRequest) -> dict[str, Any]:
    """What I gave and received, and what a new one may be made of."""
    actor, posts = request.actor, request.actor.posts
    found = permission_queries.list_delegations(actor.account_uuid) if actor.account_uuid else []
    for delegation in found:
        delegation.labels = [POLICIES.get(a).label for a in delegation.actions if a in POLICIES]  # type: ignore[attr-defined]
        delegation.limits = _limits(delegation.reach)  # type: ignore[attr-defined]
    post = posts[-1] if posts else None
    colleagues = directory.list_officers([post.organisation_uuid], now()) if post else []
    actions = permission_queries.list_delegable(post.uuid) if post else []
    return {
        "given": [d for d in found if d.giver_uuid == actor.account_uuid],
        "received": [d for d in found if d.receiver_uuid == actor.account_uuid],
        "delegable": [(action, POLICIES.get(action).label) for action in actions],
        "post": post,
        "colleagues": [officer for officer in colleagues if officer.account_uuid != actor.account_uuid],
        "today_iso": china_date(now()).isoformat(),
        "chosen": request.POST.getlist("actions"),
        "chosen_purposes": request.POST.getlist("purposes"),
        "extents": [(extent.value, extent.label) for extent in Extent if extent is not NO_LIMIT.extent],
        "levels": [(level.key, level.label) for level in Secrecy if level <= highest_held(settings.ZT_NODE_ZONE)],
    }


def _limits(reach: Reach) -> list[Texts]:
    """What a delegation leaves out of the reach of the post, in words; none where it leaves out nothing."""
    parts = [reach.extent.label] if reach.extent is not NO_LIMIT.extent else []
    parts += [reach.clearance.label] if reach.clearance < highest_held(settings.ZT_NODE_ZONE) else []
    return parts + [PURPOSES.find(key) or {"zh": key, "en": key} for key in sorted(reach.purposes or ())]


@guard("permissions.delegation.give")
@require_POST
def delegate(request: HttpRequest) -> HttpResponse:
    """Let a colleague do acts of my post for a time."""
    post = request.POST
    try:
        permissions.delegate(
            actor=request.actor, post_uuid=_uuid(post.get("post", "")), actions=post.getlist("actions"),
            receiver_uuid=_uuid(post.get("receiver", "")), since=_begin(post.get("since", "")),
            until=_day(post.get("until", "")) + timedelta(days=1), reason=post.get("reason", ""), at=now(),
            reach=_reach(post),
        )  # fmt: skip
    except (Invalid, Conflict) as fault:
        return _render(request, fault=fault)
    messages.success(request, _("已授权。授权期满自动终止，您可以随时收回。"))
    return redirect("workbench:permissions")


@guard("permissions.delegation.end")
@require_POST
def end_delegation(request: HttpRequest, delegation_uuid: UUID) -> HttpResponse:
    """Take back what I gave, or give back what I received."""
    permissions.end_delegation(actor=request.actor, delegation_uuid=delegation_uuid, at=now())
    messages.success(request, _("授权代行已终止。"))
    return redirect("workbench:permissions")


def _reach(post: QueryDict) -> Reach:
    """How far the colleague may go; what is left open is as far as the post itself. Raises Invalid."""
    extent, level = post.get("extent", ""), post.get("clearance", "")
    try:
        return Reach(
            Extent(extent) if extent else NO_LIMIT.extent,
            Secrecy.named(level) if level else NO_LIMIT.clearance,
            frozenset(post.getlist("purposes")) or None,
        )
    except ValueError:
        message = _("请从列出的范围中选择。")
        raise Invalid(message, fields=[FieldError("extent", message)]) from None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(_("请选择同事。"), fields=[FieldError("receiver", _("请从本部门在任人员中选择。"))]) from None


def _day(text: str) -> datetime:
    """The beginning of the day in China. Raises Invalid."""
    try:
        return datetime.combine(date.fromisoformat(text), time.min, CHINA)
    except ValueError:
        message = _("请填写开始和结束日期，例如 2026-11-30。")
        raise Invalid(message, fields=[FieldError("until", message)]) from None


def _begin(text: str) -> datetime:
    """The beginning of the day; of today, this moment."""
    return max(_day(text), now())
