"""保持登录: until when one is signed in, and how to stay (WCAG 2.2.1)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from zhengtong.kernel.clock import now
from zhengtong.security.permissions.services import guard, public

from .. import sessions


@never_cache
@require_GET
@public("只说明本浏览器的登录到什么时候，不延长登录")
def session_until(request: HttpRequest) -> HttpResponse:
    """When this session ends. The page's script asks before it warns, for another tab may have been used; asking is no
    use of the session. `until` null: nobody is signed in any more."""
    request.session_only_asked = True  # type: ignore[attr-defined]
    return _told(request, sessions.ends_at(request, now()))


@never_cache
@require_GET
@guard("identity.account.manage")
def stay(request: HttpRequest) -> HttpResponse:
    """Stay signed in: a page that says until when, or the same as JSON for the script."""
    until = sessions.stay(request, now())
    if request.headers.get("Accept", "") == "application/json":
        return _told(request, until)
    is_longest = until is not None and sessions.is_longest(request, until)
    return render(request, "identity/stay.html", {"until": until, "is_longest": is_longest})


def _told(request: HttpRequest, until: object) -> HttpResponse:
    is_longest = until is not None and sessions.is_longest(request, until)  # type: ignore[arg-type]
    return JsonResponse({"until": until.isoformat() if until else None, "is_longest": is_longest})  # type: ignore[attr-defined]
