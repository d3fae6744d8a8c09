"""Bodies too large are refused by their announced length, before a byte of them is read; slow and cut ones too."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import TooLarge, Unavailable, ZhengtongError
from zhengtong.kernel.redaction import redact

from ..faults import TooSlow
from ..problems import answer_now

Handler = Callable[[HttpRequest], HttpResponse]


class NotWhole(ZhengtongError):
    code = "not-whole"
    title = _("提交的内容没有完整收到。")
    remedy = _("请检查网络后重新提交。")


class Crowded(Unavailable):
    code = "crowded"

    def __init__(self) -> None:
        super().__init__(_("同时提交的人较多，您提交的内容没有收到。"), headers={"Retry-After": "5"})


_NOT_RECEIVED = {"slow": TooSlow, "cut": NotWhole, "crowded": Crowded}  # what `config.intake` says of a body


class RequestLimits:
    """Refuses what no view should ever see: oversized bodies, broken lengths, NUL characters in the address."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if browser := request.META.get("HTTP_USER_AGENT"):  # kept with sessions and failed sign-ins
            request.META["HTTP_USER_AGENT"] = redact(browser)
        fault = _fault(request)
        if fault is None:
            return self.get_response(request)
        response = answer_now(request, fault)
        response.headers["Connection"] = "close"  # the rest of the body is not read
        return response


def _fault(request: HttpRequest) -> ZhengtongError | None:
    if not_received := request.META.get("zt.intake"):
        return _NOT_RECEIVED[not_received]()
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        return ZhengtongError(_("请求的长度（Content-Length）不是一个有效的数字。"), remedy=_("请重新提交。"))
    limit = settings.ZT_MAX_REQUEST_BYTES
    if int(length[:20]) > limit:
        return TooLarge(
            _("提交的内容共 %(size)s，超过了上限 %(limit)s。")
            % {"size": filesizeformat(int(length[:20])), "limit": filesizeformat(limit)},
            remedy=_("请压缩文件，或者分几次提交。"),
        )
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return ZhengtongError(_("地址中有无效的字符。"), remedy=_("请检查网址，或从首页重新进入。"))
    return None
