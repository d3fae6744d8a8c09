"""Every request draws on its client's allowance before anything is done for it; 429 says when to come again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from zhengtong.kernel.design.problems import answer_now
from zhengtong.kernel.errors import ZhengtongError

from . import providers, rules, services
from .refusals import TooManyRequests

Handler = Callable[[HttpRequest], HttpResponse]


class RateLimits:
    """Stands where `request.actor` is known and no transaction is open yet (outside `kernel.idempotency`).

    A signed-in client draws on its account's allowance, everybody else on that of the network: nobody can use up what
    is another account's. When the allowances cannot be read the request goes on: the page itself will say what is
    wrong.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wait = self._wait(request)
        if not wait:
            return self.get_response(request)
        return answer_now(request, TooManyRequests(wait))

    def _wait(self, request: HttpRequest) -> float:
        """Seconds this client has to wait, 0 when it need not."""
        limits = services.in_force(settings.ZT_RATE_LIMITS)
        route_class = class_of(request.path_info, request.method or "") if limits else providers.EXEMPT
        if route_class == providers.EXEMPT:
            return 0.0
        limit, account = limits[route_class], _account(request)
        client = account or rules.network_of(request.META.get("REMOTE_ADDR", ""))
        try:
            return services.take(client, route_class, limit.account if account else limit.network)
        except DatabaseError:
            return 0.0


def class_of(path: str, method: str) -> str:
    """The class a request belongs to: what its view declares, else its prefix, else its method."""
    try:
        found = declared(resolve(path).func, method)
    except Resolver404:
        found = ""
    return found or _by_prefix(path, method)


def declared(view: Any, method: str) -> str:
    """What `limited` wrote on the view, or on the operation of an API's view for this method; empty for nothing."""
    read, write = getattr(view, "limit", None) or _of_operation(view, method)
    return write if method in rules.WRITES else read


def _of_operation(view: Any, method: str) -> tuple[str, str]:
    for cell in getattr(view, "__closure__", None) or ():
        for operation in getattr(cell.cell_contents, "operations", None) or ():  # django-ninja keeps them so
            if method in operation.methods:
                return getattr(operation.view_func, "limit", ("", ""))
    return "", ""


def _by_prefix(path: str, method: str) -> str:
    for prefix, (read, write) in providers.PREFIXES.items():
        if path.startswith(prefix):
            return write if method in rules.WRITES else read
    return rules.class_by_method(path, method)


def _account(request: HttpRequest) -> str:
    """The URN of the account that sends the request; empty for somebody not signed in.

    Who shows neither a session nor a token is a stranger: nothing is asked for him.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and "HTTP_AUTHORIZATION" not in request.META:
        return ""
    try:
        actor = request.actor
        return str(actor.urn) if actor.is_authenticated else ""
    except (ZhengtongError, DatabaseError):
        return ""  # whatever is wrong with it, the page says so
