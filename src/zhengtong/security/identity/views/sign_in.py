"""Pages around sign-in that the library does not have."""

from __future__ import annotations

import math
import uuid
from datetime import timedelta
from typing import Any

from allauth.account.views import password_change as library_password_change
from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from zhengtong.kernel.clock import now
from zhengtong.security.permissions.services import guard, public

from .. import queries, services
from ..sign_in.forms import ChoosePasswordForm
from ..sign_in.guesses import network


@public("忘记密码的人尚未登录")
def password_help(request: HttpRequest) -> HttpResponse:
    """What to do when the password is forgotten: an account has no address to which anything could be sent."""
    return render(request, "identity/password_help.html")


@never_cache
@public("持链接的人尚未登录；链接本身即凭据")
def choose_password(request: HttpRequest, account_uuid: uuid.UUID, token: str) -> HttpResponse:
    """The page behind a link: the holder of the account chooses a password, once."""
    account = queries.find_account_by_link(account_uuid, token)
    form = ChoosePasswordForm(data=request.POST or None, user=account)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["password1"]
        services.choose_password(account_uuid=account_uuid, token=token, password=password, at=now())
        messages.success(request, _("密码已设置，请登录。"))
        return HttpResponseRedirect(reverse("account_login"))
    context = {"form": form, "username": account.username}
    return render(request, "identity/choose_password.html", context, status=422 if form.errors else 200)


@guard("identity.account.manage")
def change_password(request: HttpRequest) -> HttpResponseBase:
    """The library's page, for accounts that have a password."""
    if request.user.has_usable_password():  # type: ignore[union-attr]  # the guard lets nobody else in
        return library_password_change(request)
    messages.info(request, _("此账号没有密码，由上级平台登录，无需修改。"))
    return HttpResponseRedirect(reverse("identity:security"))


@guard("identity.account.manage")
def to_security(request: HttpRequest) -> HttpResponse:
    """The library's own overview of second factors stands in for ours."""
    del request
    return HttpResponseRedirect(reverse("identity:security"))


def locked_out(
    request: HttpRequest, _response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Too many wrong passwords for this name from this place: says how long, and that others are not locked out."""
    minutes = _minutes_left(request, credentials)
    response = render(request, "identity/locked_out.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response


def _minutes_left(request: HttpRequest, credentials: dict[str, Any] | None) -> int:
    cool_off = get_cool_off(request) or timedelta(minutes=15)
    name = get_client_username(request, credentials)
    attempts = AccessAttempt.objects.filter(username=name, ip_address=network(request))
    latest = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or now()
    return max(1, math.ceil((latest + cool_off - now()).total_seconds() / 60))
