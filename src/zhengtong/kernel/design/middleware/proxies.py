"""Whose request it is when proxies stand in front: lock-outs, rate limits and the log need the visitor's address."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ..addresses import visitor_of

__all__ = ["VisitorsAddress", "visitor_of"]

Handler = Callable[[HttpRequest], HttpResponse]


class VisitorsAddress:
    """Stands outermost. REMOTE_ADDR becomes what the first of `ZT_TRUSTED_PROXIES` proxies saw; the header goes.

    Each proxy appends its own visitor to X-Forwarded-For, so only that many entries, counted from the right, are the
    proxies' word; what stands left of them anybody may have written. Nobody further in reads the header.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        header = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        visitor = visitor_of(header, settings.ZT_TRUSTED_PROXIES)
        if visitor:
            request.META["REMOTE_ADDR"] = visitor
        return self.get_response(request)
