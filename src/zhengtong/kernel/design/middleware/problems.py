"""Every refusal of the house becomes an answer that says what was wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from zhengtong.kernel.answers import ProblemAnswer

from ..problems import Failure, MethodRefused, StoreAway, answer, from_exception, log

Handler = Callable[[HttpRequest], HttpResponse]


class Problems:
    """Stands outside the transaction of the request (kernel.idempotency): first the rollback, then the page.

    `response.problem` names the error to the middlewares further out, e.g. to the witness of denials.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.problems_wait = True  # type: ignore[attr-defined]
        response = self.get_response(request)
        request.problems_wait = False  # type: ignore[attr-defined]
        if isinstance(response, ProblemAnswer):
            return answer(request, response.problem)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return answer(request, MethodRefused(headers={"Allow": response.headers["Allow"]}))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called where the view raised, inside the transaction: no query may be asked here."""
        problem = from_exception(exception)
        if isinstance(problem, Failure):
            if settings.DEBUG:
                return None
            got_request_exception.send(sender=type(self), request=request)
            log.exception("unforeseen error at %s %s", request.method, request.path)
        elif isinstance(problem, StoreAway):
            log.error("the database failed at %s %s: %s", request.method, request.path, exception)
        return ProblemAnswer(problem)
