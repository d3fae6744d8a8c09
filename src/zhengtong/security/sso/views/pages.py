"""What people see: the question whether a system may learn who they are, what they agreed to, and signing out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from authlib.oauth2 import OAuth2Error
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhengtong.kernel.clock import now
from zhengtong.kernel.design.middleware.headers import STRICT
from zhengtong.kernel.errors import ZhengtongError
from zhengtong.kernel.texts import localised
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity import queries as identity
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard, public

from .. import queries, rules, services, upstream
from ..middleware import witness_denial
from ..models import System
from ..provider.server import server
from ..services.claims import capacity_key_of
from ..services.id_tokens import issuer, read
from ..services.subjects import subject_of

_LONGEST = 500  # characters of state and nonce


class RequestRefused(ZhengtongError):
    """An authorization request that cannot even be answered at the system's address."""

    code = "sign-in-request-refused"
    title = gettext_lazy("无法登录该系统")
    remedy = gettext_lazy("请回到原系统重新登录；仍不成功的，请把此页内容告诉该系统的管理员。")


class SentBack(Exception):
    """An authorization request that is answered at the system's address with an error."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error, self.description = error, description


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked authorization request."""

    system: System
    request: services.Request
    state: str
    prompts: frozenset[str]
    max_age: int | None

    def answer(self, **parameters: str) -> HttpResponse:
        """Back to the system, with its state and our name (RFC 9207)."""
        told = {**parameters, "iss": issuer()} | ({"state": self.state} if self.state else {})
        return _redirect(self.request.redirect_uri, told)


def _redirect(address: str, parameters: dict[str, str]) -> HttpResponse:
    joint = "&" if urlsplit(address).query else "?"
    location = f"{address}{joint}{urlencode(parameters)}" if parameters else address
    return HttpResponse(status=302, headers={"Location": location, "Cache-Control": "no-store"})


# -- signing in at a system -------------------------------------------------------------------------------------------
@require_GET
@public("来访者在此登录并作答；谁可以同意，由函数内的策略判定")
def authorize(request: HttpRequest) -> HttpResponse:
    """The authorization endpoint: sign in, agree once, and go back with a code (OpenID Connect Core 3.1.2)."""
    asked = _asked(request)
    if isinstance(asked, HttpResponse):
        return asked
    try:
        return _decide(request, asked)
    except SentBack as back:
        witness_denial(request.actor, "sso.consent.give", asked.system, back.error)  # type: ignore[attr-defined]
        return asked.answer(error=back.error, error_description=back.description or back.error)


@require_POST
@public("同一请求的答复；谁可以同意，由函数内的策略判定")
def consent(request: HttpRequest) -> HttpResponse:
    """The person's answer. The request is checked again: what a page carried is nobody's word."""
    asked = _asked(request)
    if isinstance(asked, HttpResponse):
        return asked
    actor = request.actor  # type: ignore[attr-defined]
    if request.POST.get("decision") != "agree":
        services.refuse_consent(actor=actor, system=asked.system, scopes=asked.request.scopes, at=now())
        return asked.answer(error="access_denied", error_description="The person did not agree.")
    services.give_consent(actor=actor, system=asked.system, scopes=asked.request.scopes, at=now())
    return _granted(request, asked)


def _asked(request: HttpRequest) -> Asked | HttpResponse:
    """The checked request; an answer where the system is at fault but its address is sure. Raises RequestRefused."""
    try:
        data = server().get_consent_grant(request).request
    except OAuth2Error as error:
        return _faulty(request, error)
    values = data.payload.data
    asked = Asked(
        data.client.system,
        services.Request(
            values["redirect_uri"], rules.split_scopes(data.scope), values["code_challenge"], values.get("nonce", "")
        ),
        values.get("state", ""), frozenset(rules.split_scopes(values.get("prompt"))), _whole(values.get("max_age")),
    )  # fmt: skip
    fault = _fault(asked, values)
    if fault is None:
        return asked
    witness_denial(request.actor, "sso.consent.give", asked.system, fault.error)  # type: ignore[attr-defined]
    return asked.answer(error=fault.error, error_description=fault.description)


def _faulty(request: HttpRequest, error: OAuth2Error) -> HttpResponse:
    system = queries.find_system(request.GET.get("client_id", "").replace("\x00", ""))
    reason = f"{error.error}: {error.get_error_description()}"
    witness_denial(request.actor, "sso.consent.give", system or "unknown system", reason)  # type: ignore[attr-defined]
    if not error.redirect_uri:
        raise RequestRefused(_("登录请求不符合登记：%s") % f"{error.error}, {error.get_error_description()}") from error
    state = {"state": request.GET["state"]} if "state" in request.GET else {}
    told = {"error": error.error, "error_description": error.get_error_description(), "iss": issuer(), **state}
    return _redirect(error.redirect_uri, told)


def _fault(asked: Asked, values: dict[str, str]) -> SentBack | None:
    """What the library does not look at."""
    longest = max(len(asked.state), len(asked.request.nonce))
    faults = (
        ("request" in values or "request_uri" in values, "request_not_supported", "Send the parameters themselves."),
        (rules.OPENID not in asked.request.scopes, "invalid_scope", "The scope openid is needed."),
        ("none" in asked.prompts and len(asked.prompts) > 1, "invalid_request", "prompt=none stands alone."),
        (asked.max_age is not None and asked.max_age < 0, "invalid_request", "max_age is a number of seconds."),
        (longest > _LONGEST, "invalid_request", "state and nonce have at most 500 characters."),
        (values.get("response_mode", "query") != "query", "invalid_request", "response_mode is query."),
    )
    return next((SentBack(error, text) for is_so, error, text in faults if is_so), None)


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _decide(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Sign in first, again if the system wants it so; then ask, unless the same was agreed before."""
    actor = request.actor  # type: ignore[attr-defined]
    is_silent = "none" in asked.prompts
    if is_silent and not permissions.allows(actor, "sso.consent.give"):
        raise SentBack("login_required")
    permissions.require(actor, "sso.consent.give")
    if is_silent and not rules.is_tellable(actor):
        raise SentBack("interaction_required")
    services.require_tellable(actor)
    if rules.needs_sign_in(asked.prompts, asked.max_age, _authenticated_at(request), now()):
        if is_silent:
            raise SentBack("login_required")
        return _sign_in_again(request)
    known = queries.find_consent(asked.system, rules.account_of(actor))
    if known and "consent" not in asked.prompts and rules.is_covered(asked.request.scopes, known.scopes):
        return _granted(request, asked)
    if is_silent:
        raise SentBack("consent_required")
    return _question(request, asked)


def _authenticated_at(request: HttpRequest) -> datetime:
    moments = [record["at"] for record in get_authentication_records(request, request.user)]
    return datetime.fromtimestamp(max(moments), UTC) if moments else (request.user.last_login or now())  # type: ignore[union-attr]


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the password again, or the provider above, and back here without `prompt=login`."""
    query = request.GET.copy()
    left = [prompt for prompt in rules.split_scopes(query.pop("prompt", [""])[-1]) if prompt != "login"]
    if left:
        query["prompt"] = " ".join(left)
    back = f"{request.path}?{query.urlencode()}"
    way = "account_reauthenticate"
    if not get_reauthentication_flows(request.user):  # nothing is asked here of who comes from the provider above
        if not upstream.configured():
            raise SentBack("login_required")
        way = "sso:upstream"
    return HttpResponseRedirect(f"{reverse(way)}?{urlencode({'next': back})}")


def _question(request: HttpRequest, asked: Asked) -> HttpResponse:
    owner = directory.get_organisation(asked.system.organisation_uuid)
    context = {
        "system": asked.system, "owner": owner, "scopes": queries.scope_texts(asked.request.scopes),
        "purpose": asked.system.purpose if rules.ID_NUMBER in asked.request.scopes else "",
        "host": urlsplit(asked.request.redirect_uri).netloc, "query": request.GET.urlencode(),
    }  # fmt: skip
    response = render(request, "sso/consent.html", context)
    # a browser holds the form's whole way, also the redirect after it, to this rule
    origin = rules.origin_of(asked.request.redirect_uri)
    response["Content-Security-Policy"] = STRICT.replace("form-action 'self'", f"form-action 'self' {origin}")
    response["Cache-Control"] = "no-store"
    return response


def _granted(request: HttpRequest, asked: Asked) -> HttpResponse:
    actor, at = request.actor, now()  # type: ignore[attr-defined]
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    code = services.open_sign_in(
        actor=actor, system=asked.system, request=asked.request, capacity_key=capacity_key_of(actor, at),
        authenticated_at=_authenticated_at(request), methods=rules.methods_of(records), at=at,
        session_mark=identity.mark_of_session(request),
    )  # fmt: skip
    return asked.answer(code=code)


# -- what was agreed --------------------------------------------------------------------------------------------------
@require_GET
@guard("sso.consent.withdraw")
def connections(request: HttpRequest) -> HttpResponse:
    """已授权的系统: which systems learn who one is, and what; each can be withdrawn."""
    return render(request, "sso/connections.html", {"connections": queries.list_connections(request.actor)})  # type: ignore[attr-defined]


@require_POST
@guard("sso.consent.withdraw")
def withdraw(request: HttpRequest, consent_uuid: UUID) -> HttpResponse:
    """Withdraw: the system's tokens end, and it has to ask again."""
    ended = services.withdraw_consent(actor=request.actor, consent_uuid=consent_uuid, at=now())  # type: ignore[attr-defined]
    messages.success(
        request, _("已撤回。“%s”不能再读取您的信息；再次登录时会重新征求您的同意。") % localised(ended.system.title)
    )
    return HttpResponseRedirect(reverse("sso:connections"))


# -- signing out ------------------------------------------------------------------------------------------------------
@csrf_exempt
@require_http_methods(["GET", "POST"])
@public("任何人都可以退出登录")
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out here at the wish of a system (RP-Initiated Logout 1.0): asked first, unless it shows whom it means."""
    wish = _wish(request)
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_authenticated or (wish.system and wish.subject == subject_of(wish.system, actor.account_uuid)):
        return _signed_out(request, wish)
    return render(request, "sso/logout.html", {"carried": wish.carried, "system": wish.system})


@require_POST
@public("任何人都可以退出登录")
def leave(request: HttpRequest) -> HttpResponse:
    """The person confirms the wish."""
    return _signed_out(request, _wish(request))


@dataclass(frozen=True, slots=True)
class Wish:
    """Which system wants whom signed out, proved by an identity token of ours; `address`: a registered one, or none."""

    carried: dict[str, str]
    system: System | None
    subject: str
    address: str


def _wish(request: HttpRequest) -> Wish:
    values = request.POST if request.method == "POST" else request.GET
    names = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
    carried = {name: values[name] for name in names if name in values}
    claims = read(carried.get("id_token_hint", ""), now()) or {}
    audience = claims.get("aud")
    system = queries.find_system(audience) if isinstance(audience, str) else None
    if system and carried.get("client_id", system.key) != system.key:
        system = None
    wanted = carried.get("post_logout_redirect_uri", "")
    return Wish(carried, system, str(claims.get("sub", "")), wanted if system and wanted in system.logout_uris else "")


def _signed_out(request: HttpRequest, wish: Wish) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    if actor.is_authenticated:
        if wish.system:
            services.end_sign_ins(actor=actor, system=wish.system, at=now())
        end_session(request)
    if not wish.address:
        return HttpResponseRedirect("/")
    return _redirect(wish.address, {"state": wish.carried["state"]} if "state" in wish.carried else {})
