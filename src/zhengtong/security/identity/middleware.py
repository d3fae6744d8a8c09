"""Who sends the request, as a plain value; officials without a second factor are led to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import ANONYMOUS, Actor
from zhengtong.kernel.clock import now
from zhengtong.security.permissions.services import Denied

from . import queries, sessions
from .sessions import capacity_of, has_second_factor


class ActorOfRequest:
    """Sets `request.actor`, filled when first read: nothing for strangers, one query for people at work or at home."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        request.session_ends = lambda: sessions.ends_at(request, now())  # type: ignore[attr-defined]
        response = self.get_response(request)
        sessions.note_seen(request, now())
        denied = getattr(response, "problem", None)
        if isinstance(denied, Denied) and denied.actor.is_official and not denied.actor.mfa and request.method == "GET":
            return HttpResponseRedirect(second_factor_address(request))
        return response


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a session, in the capacity chosen there."""
    user = request.user
    if not user.is_authenticated:
        return ANONYMOUS
    return queries.actor_for_account(user, capacity_of(request), at=now(), mfa=has_second_factor(request))


def second_factor_address(request: HttpRequest) -> str:
    """Where an official gives the second factor, or sets one up first; and says why."""
    messages.info(request, _("工作人员须通过动态口令或通行密钥验证后才能使用工作台。"))
    return _where_factor_is_given(request)


def factor_first(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that shows or changes second factors: who has one gives it first, the password does not do."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated or has_second_factor(request) or not sessions.holds_factor(request.user):
            return view(request, *args, **kwargs)
        messages.info(request, _("此账号已有第二重验证，查看或更改验证方式前须先用它验证。"))
        return HttpResponseRedirect(_where_factor_is_given(request))

    return asked


def _where_factor_is_given(request: HttpRequest) -> str:
    kinds = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))  # type: ignore[misc]
    further = urlencode({"next": request.get_full_path()})
    if Authenticator.Type.WEBAUTHN in kinds:
        return f"{reverse('mfa_reauthenticate_webauthn')}?{further}"
    if Authenticator.Type.TOTP in kinds:
        return f"{reverse('mfa_reauthenticate')}?{further}"
    return reverse("mfa_activate_totp")
