"""From an exception to an answer that helps: an HTML page for people, RFC 9457 `application/problem+json` for programs.

An exception is turned into an unrendered answer where it was raised and rendered only outside the transaction, after
the rollback: a page needs queries, and a broken transaction answers none.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    ValidationError,
)
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import (
    FieldError,
    Invalid,
    TooLarge,
    ZhengtongError,
    as_document,
)
from zhengtong.kernel.texts import language

from .faults import Failure, MethodRefused, Misshaped, NoSuchAddress, StoreAway, from_database

__all__ = [
    "Failure", "Forbidden", "MethodRefused", "StoreAway", "answer", "answer_now", "as_document", "from_exception",
    "log", "wants_json",
]  # fmt: skip

log = logging.getLogger("django.request")

_CHARACTERS = _("请删除看不见的特殊字符或过长的数字后重试。")


_BAD_INPUT: tuple[tuple[Any, Any, Any], ...] = (
    ((TooManyFieldsSent, TooManyFilesSent), _("一次提交的项目过多。"), _("请分几次提交。")),
    ((UnreadablePostError, MultiPartParserError), _("提交的内容没有完整收到。"), _("请检查网络后重新提交。")),
    (DataError, _("填写的内容无法保存。"), _CHARACTERS),
    ((UnicodeDecodeError, UnicodeEncodeError), _("填写的内容含有无效的字符。"), _CHARACTERS),
    (SuspiciousOperation, _("请求有误，没有执行。"), _("请从首页重新进入。")),
)


class Forbidden(ZhengtongError):
    status = 403
    code = "forbidden"
    title = _("没有权限")


def from_exception(exc: BaseException) -> ZhengtongError:
    """What went wrong, for the outside. Whatever bad input can cause is a 4xx; only the unforeseen is a 500."""
    if isinstance(exc, ZhengtongError):
        return exc
    if isinstance(exc, RequestDataTooBig):
        return TooLarge(_("提交的文字内容过多。"), remedy=_("请减少文字，或把内容放在文件里上传。"))
    if isinstance(exc, (Http404, ObjectDoesNotExist)):
        return NoSuchAddress()
    if isinstance(exc, PermissionDenied):
        return Forbidden(str(exc) or _("您没有权限进行这项操作。"))
    if isinstance(exc, ValidationError):
        return Invalid(_("填写的内容有误。"), fields=_fields_of(exc))
    return _from_bad_input(exc) or Failure()


def _from_bad_input(exc: BaseException) -> ZhengtongError | None:
    """The 4xx for what a client can send wrongly; None for everything else."""
    if isinstance(exc, json.JSONDecodeError):
        return Misshaped(exc.lineno, exc.colno)
    for kinds, message, remedy in _BAD_INPUT:
        if isinstance(exc, kinds):
            return ZhengtongError(message, remedy=remedy)
    if isinstance(exc, OperationalError):
        return from_database(getattr(exc.__cause__, "sqlstate", ""))
    if isinstance(exc, InterfaceError):  # the connection was closed under our feet
        return StoreAway()
    if _is_nul(exc):
        return ZhengtongError(_("填写的内容含有无效的字符。"), remedy=_CHARACTERS)
    return None


def _is_nul(exc: BaseException) -> bool:
    return isinstance(exc, ValueError) and (
        "NUL" in str(exc) or "null byte" in str(exc) or "null character" in str(exc)
    )


def _fields_of(exc: ValidationError) -> list[FieldError]:
    if hasattr(exc, "error_dict"):
        return [FieldError(path, message) for path, messages in exc.message_dict.items() for message in messages]
    return [FieldError("", message) for message in exc.messages]


def wants_json(request: HttpRequest) -> bool:
    """Programs get a problem document: under /api/, or when the client asks for JSON and not for a page."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


def _context_of(problem: ZhengtongError, request: HttpRequest, *, bare: bool) -> dict[str, Any]:
    """The bare page has no context processors: it is told its language."""
    context: dict[str, Any] = {"problem": problem, "lang_request": request}
    return context | {"design": {"html_lang": "en" if language() == "en" else "zh-CN"}} if bare else context


def answer_now(
    request: HttpRequest, problem: ZhengtongError, template: str = "design/problem_bare.html"
) -> HttpResponse:
    """The rendered answer. The bare template asks nothing of the database."""
    if wants_json(request):
        body = json.dumps(as_document(problem), ensure_ascii=False)
        response = HttpResponse(body, content_type="application/problem+json", status=problem.status)
    else:
        full = None if template == "design/problem_bare.html" else request
        page = render_to_string(template, _context_of(problem, request, bare=full is None), request=full)
        response = HttpResponse(page, status=problem.status)
    response.problem = problem  # type: ignore[attr-defined]
    for name, value in problem.extra.get("headers", {}).items():
        response.headers[name] = value
    return response


def answer(request: HttpRequest, problem: ZhengtongError) -> HttpResponse:
    """The answer in the full shell; whatever fails on the way, the bare page still answers."""
    if isinstance(problem, StoreAway):
        return answer_now(request, problem)
    try:
        return answer_now(request, problem, "design/problem.html")
    except Exception:
        log.exception("the error page itself failed")
        return answer_now(request, problem)
