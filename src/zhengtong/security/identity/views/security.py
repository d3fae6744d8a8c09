"""账号安全: real-name data, password, second factor, and the devices signed in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import NotFound
from zhengtong.security.audit import queries as audit_queries
from zhengtong.security.audit import services as audit
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.services import guard

from .. import queries, recoveries, rules, sessions, verifications


@guard("identity.account.manage")
def security(request: HttpRequest) -> HttpResponse:
    """What protects the account, and where it is signed in."""
    actor = request.actor  # type: ignore[attr-defined]
    held = list(Authenticator.objects.filter(user=request.user).order_by("id"))  # type: ignore[misc]
    codes = next((a for a in held if a.type == Authenticator.Type.RECOVERY_CODES), None)
    factors = [a for a in held if a is not codes]
    own = queries.person_urn_of(request.user)  # type: ignore[arg-type]
    parties = queries.parties_by_urn([own])
    context = {
        "party": parties.get(own),
        "standing": verifications.find_standing(request.user, now()),  # type: ignore[arg-type]
        "has_totp": any(a.type == Authenticator.Type.TOTP for a in factors),
        "passkeys": [a for a in factors if a.type == Authenticator.Type.WEBAUTHN],
        "has_factor": bool(factors),
        "may_remove": not actor.is_official or len(factors) > 1,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "is_official": actor.is_official,
        "recovery": recoveries.find_open_recovery(request.user, now()),  # type: ignore[arg-type]
        "changes": _changes(request.user.urn),  # type: ignore[union-attr]
        "sessions": [
            {"session": s, "device": rules.describe_device(s.user_agent), "is_current": s.is_current()}
            for s in _devices(request)
        ],
    }
    return render(request, "identity/security.html", context)


_CHANGES = [
    f"identity.{what}"
    for what in (
        "password.changed", "password.reset", "second_factor.added", "second_factor.removed", "second_factor.reset",
        "account.locked", "account.unlocked", "session.locked_out",
    )
]  # fmt: skip


def _changes(account_urn: str) -> list[dict[str, Any]]:
    """What was lately done to the account, and whether by its holder."""
    entries = audit_queries.list_for_object(account_urn, 5, done=_CHANGES)
    return [{"at": e.at, "label": ACTIONS.get(e.action), "is_own": e.actor_urn == account_urn} for e in entries]


def _devices(request: HttpRequest) -> list[UserSession]:
    """Where the account is signed in: this device first, then the latest."""
    sessions = UserSession.objects.purge_and_list(request.user)  # type: ignore[arg-type]
    return sorted(sessions, key=lambda s: (not s.is_current(), -s.created_at.timestamp()))


@require_POST
@guard("identity.account.manage")
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign another device out; or this one."""
    session = UserSession.objects.filter(pk=session_id, user=request.user).first()  # type: ignore[misc]
    if session is None:
        raise NotFound(_("这个登录已经结束。"), remedy=_("请刷新页面查看最新列表。"))
    if session.is_current():
        logout(request)
        return HttpResponseRedirect("/")
    actor = request.actor  # type: ignore[attr-defined]
    audit.record(actor, "identity.session.ended", actor.urn, at=now(), detail={"ip": session.ip})
    sessions.end(session, now())
    messages.success(request, _("已结束该设备的登录。"))
    return HttpResponseRedirect(reverse("identity:security"))


@require_POST
@guard("identity.account.manage")
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign every other device out, from its next request on."""
    actor = request.actor  # type: ignore[attr-defined]
    others = sessions.others_of(request)
    for session in others:
        audit.record(actor, "identity.session.ended", actor.urn, at=now(), detail={"ip": session.ip})
        sessions.end(session, now())
    messages.success(request, _("已结束其他设备的登录：%d 个。") % len(others))
    return HttpResponseRedirect(reverse("identity:security"))
