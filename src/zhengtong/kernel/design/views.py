"""Django's own refusals in our words, and the gallery of the design."""

from __future__ import annotations

import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.answers import ProblemAnswer

from .gallery import content
from .problems import Failure, Forbidden, StoreAway, answer_now, from_exception


def _refuse(request: HttpRequest, problem: Any) -> HttpResponse:
    """Inside `Problems` the page waits for the rollback; outside of it there is none to wait for."""
    if getattr(request, "problems_wait", False):
        return ProblemAnswer(problem)
    return answer_now(request, problem)


def refuse(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400, handler403, handler404."""
    return _refuse(request, from_exception(exception))


def fail(request: HttpRequest) -> HttpResponse:
    """handler500: something failed outside every view, for one a COMMIT or the look-up of the session."""
    problem = from_exception(sys.exc_info()[1] or Failure())
    return _refuse(request, problem if isinstance(problem, StoreAway) else Failure())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """CSRF_FAILURE_VIEW: nearly always a page left open too long, or cookies switched off."""
    message = _("页面打开的时间过长，或浏览器不允许使用 Cookie，为了您的安全，这次提交没有执行。")
    return _refuse(request, Forbidden(message, remedy=_("请返回上一页，刷新后重新提交。")))


def gallery(request: HttpRequest) -> HttpResponse:
    """All tokens and components, in the language of the page."""
    return render(request, "design/gallery.html", content())


gallery.policy = "public"  # type: ignore[attr-defined]  # kernel is below permissions: its decorator is out of reach
gallery.public_reason = "shows the design itself and no data"  # type: ignore[attr-defined]
