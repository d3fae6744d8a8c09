"""Sign in by the provider above: go there, and come back."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import NotFound, ZhengtongError
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.permissions.services import public

from .. import services, upstream
from ..middleware import witness_denial

_KEPT = "sso.upstream"


def _configured() -> upstream.Upstream:
    found = upstream.configured()
    if found is None:
        raise NotFound(_("本节点没有接入上级平台。"), remedy=_("请用本站账号登录。"))
    return found


@limited("sign-in")
@never_cache
@require_GET
@public("登录的人尚未登录")
def set_out(request: HttpRequest) -> HttpResponse:
    """To the provider above."""
    address, kept = upstream.set_out(_configured())
    wanted = request.GET.get("next", "")
    kept["next"] = wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""
    request.session[_KEPT] = kept
    return HttpResponseRedirect(address)


@limited("sign-in")
@never_cache
@require_GET
@public("登录的人尚未登录；凭上级平台签名的身份令牌")
def come_back(request: HttpRequest) -> HttpResponse:
    """Back with a code. What the session kept serves once; an account with a second factor is asked for it as ever."""
    above, at = _configured(), now()
    kept = request.session.pop(_KEPT, None) or {}
    try:
        vouched = upstream.come_back(above, kept, request.GET, at)
        account = services.arrive(vouched, at=at)
    except ZhengtongError as fault:
        witness_denial(ANONYMOUS, "sso.upstream.arrive", above.issuer, str(fault.message))
        raise
    record_authentication(request, account, method="socialaccount", provider="upstream")
    return perform_login(request, Login(user=account, redirect_url=kept["next"] or None))
