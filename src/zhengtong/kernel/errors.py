"""What went wrong, said so that a person can mend it. Every refusal of the house is one of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .wording import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one field. `path` is the field's dotted path; `message` says what is wrong and how to mend it."""

    path: str
    message: Any
    label: Any = ""


class ZhengtongError(Exception):
    """A fault the caller can understand. Carries an HTTP status, a stable code, a message and a remedy (RFC 9457).

    `stands`: what was written before it was raised is kept, because asking was the act: a search that found nothing.
    """

    status = 400
    code = "bad-request"
    title: Any = _("请求有误")
    remedy: Any = ""
    stands = False

    def __init__(self, message: Any = "", *, remedy: Any = "", fields: Sequence[FieldError] = (), **extra: Any) -> None:
        super().__init__(message or self.title)
        self.message = message or self.title
        self.remedy = remedy or self.remedy
        self.fields = tuple(fields)
        self.extra = extra


class Invalid(ZhengtongError):
    status = 422
    code = "invalid"
    title = _("填写的内容有误")


class NotFound(ZhengtongError):
    status = 404
    code = "not-found"
    title = _("没有找到")


class Conflict(ZhengtongError):
    """The object is no longer in the state the caller saw."""

    status = 409
    code = "conflict"
    title = _("内容已被更新")
    remedy = _("请刷新页面，查看最新状态后再操作。")


class TooLarge(ZhengtongError):
    status = 413
    code = "too-large"
    title = _("文件过大")


class Unavailable(ZhengtongError):
    status = 503
    code = "unavailable"
    title = _("服务暂时不可用")
    remedy = _("请稍后再试。")


def as_document(problem: ZhengtongError) -> dict[str, Any]:
    """The members of RFC 9457, and `code`, `remedy`, `errors`, in the language of the present request."""
    document: dict[str, Any] = {
        "type": f"urn:zhengtong:problem:{problem.code}",
        "title": str(problem.title),
        "status": problem.status,
        "detail": str(problem.message),
        "code": problem.code,
    }
    if problem.remedy:
        document["remedy"] = str(problem.remedy)
    if problem.fields:
        document["errors"] = [{"path": f.path, "message": str(f.message)} for f in problem.fields]
    return document
