"""Answers: JSON as the web writes it, and problems of RFC 9457 in the language of who asks."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from psycopg_pool import TooManyRequests
from starlette.responses import Response

from zhengtong.kernel import wording
from zhengtong.kernel.design.faults import Failure, from_database
from zhengtong.kernel.errors import Unavailable, ZhengtongError, as_document
from zhengtong.kernel.wording import gettext as _
from zhengtong.security.crypto.wire import Undecryptable

log = logging.getLogger("zhengtong.gateway")
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept-Language"}


def answer(value: Any) -> Response:
    return _response(value, 200, "application/json; charset=utf-8")


def problem(fault: ZhengtongError) -> Response:
    response = _response(as_document(fault), fault.status, "application/problem+json")
    response.headers.update(fault.extra.get("headers", {}))
    return response


def _response(value: Any, status: int, media_type: str) -> Response:
    body = orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
    language = "en" if wording.language() == "en" else "zh-CN"
    return Response(body, status, {**HEADERS, "Content-Language": language}, media_type)


def _plain(value: Any) -> str:
    """Moments as the web writes them: UTC, to the millisecond; days, names and the like by their text."""
    if isinstance(value, datetime):
        text = value.astimezone(UTC).replace(tzinfo=None)
        return f"{text.isoformat(timespec='milliseconds') if text.microsecond else text.isoformat()}Z"
    return str(value)


def fault_of(exc: Exception) -> ZhengtongError:
    """What went wrong, for the outside; the unforeseen is logged, without what was asked."""
    if isinstance(exc, ZhengtongError):
        return exc
    if isinstance(exc, TooManyRequests):
        return Unavailable(_("同时查询的系统较多，这次查询没有执行。"), headers={"Retry-After": "1"})
    if isinstance(exc, psycopg.Error):  # of the pool too
        return _of_database(exc)
    if isinstance(exc, Undecryptable | OSError):
        log.error("the node's keys cannot be used: %s", exc)
        return Unavailable(_("节点密钥无法使用"))
    log.error("unforeseen error", exc_info=exc)
    return Failure()


def _of_database(exc: psycopg.Error) -> ZhengtongError:
    if isinstance(exc, psycopg.DataError):
        return ZhengtongError(_("填写的内容含有无效的字符。"), remedy=_("请删除看不见的特殊字符或过长的数字后重试。"))
    if isinstance(exc, psycopg.OperationalError | psycopg.InterfaceError):
        log.error("the database failed: %s", exc)
        return from_database(exc.sqlstate or "")
    log.error("unforeseen error of the database", exc_info=exc)
    return Failure()
