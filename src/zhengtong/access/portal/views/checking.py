"""Check what somebody holds in hand: a credential's code, a case number."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from zhengtong.applications.cases import queries as cases
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import FieldError, NotFound, ZhengtongError
from zhengtong.kernel.idempotency.services import exempt
from zhengtong.kernel.limits.providers import limited
from zhengtong.resources.credentials import queries as credentials
from zhengtong.resources.credentials import services as credential_services
from zhengtong.security.permissions.services import public

from ..tries import Tries

_TRIES = Tries("progress", limit=10, seconds=900)


class TooManyTries(ZhengtongError):
    status = 429
    code = "too-many-tries"
    title = _("查询次数过多")
    remedy = _("请在 15 分钟后再试，或登录后在“我的办件”中查看。")


@limited("verify")
@public("anybody may check a credential shown to him")
@require_safe
def verify_form(request: HttpRequest) -> HttpResponse:
    """/verify/: type the code under the QR code."""
    code = request.GET.get("code", "").strip()[:40]
    if code:
        return redirect("portal:verify", code=code.replace("/", ""))
    return render(request, "portal/verify.html", {"code": ""})


@limited("verify")
@public("anybody may check a credential shown to him")
@never_cache
@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """/verify/<code>: what was signed, and whether it still holds. An unknown code is 404 with the same page."""
    at = now()
    try:
        found = credentials.verify(code, at=at)
    except NotFound as unknown:
        return render(request, "portal/verify.html", {"code": code, "unknown": unknown}, status=404)
    credential_services.record_check(code, at=at)
    return render(request, "portal/verify.html", {"code": code, "found": found})


@limited("verify")
@public("number and query password open the progress of one case")
@exempt("asks only; the password must not stand in an address")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """/progress/: where a case is, by its number and query password, without signing in."""
    if request.method != "POST":
        return render(request, "portal/progress.html", {"number": request.GET.get("number", "")[:40]})
    number = request.POST.get("number", "").strip()[:40]
    password = request.POST.get("password", "").strip()[:40]
    errors = _missing(number, password)
    if not errors:
        _TRIES.count(number, TooManyTries)
        case = cases.find_progress(number, password)
        if case is not None:
            _TRIES.forget(number)
            return render(request, "portal/progress.html", {"number": number, "view": cases.view_case(case, at=now())})
        errors = [FieldError("number", _("办件编号或查询密码不正确，请对照提交回执核对。"), _("办件编号"))]
    return render(request, "portal/progress.html", {"number": number, "errors": errors}, status=422)


def _missing(number: str, password: str) -> list[FieldError]:
    missing = []
    if not number:
        missing.append(FieldError("number", _("请填写提交回执上的办件编号。"), _("办件编号")))
    if not password:
        missing.append(FieldError("password", _("请填写提交回执上的查询密码。"), _("查询密码")))
    return missing
