"""Who sends a request to the interface: a registered system, when it shows a token; and refusals, witnessed."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from zhengtong.kernel.actors import ANONYMOUS, Actor
from zhengtong.kernel.clock import now
from zhengtong.kernel.design.problems import answer_now
from zhengtong.security.audit import services as audit

from . import wire
from .models import System
from .services.bearers import TokenRefused, authenticate, client_actor

log = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]


class SystemOfRequest:
    """Stands after identity's and before the limits: a token makes the system the actor, whatever session is beside it.

    A token that does not count is answered in place of the view, so that who guesses draws on an allowance too; the
    refusal is witnessed outside the transaction of the request.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        text = bearer_of(request) if request.path.startswith("/api/") else None
        if text is None:
            return self.get_response(request)
        try:
            request.actor = authenticate(text, at=now()).actor  # type: ignore[attr-defined]
        except TokenRefused as refused:
            request.actor, request.token_refused = ANONYMOUS, refused  # type: ignore[attr-defined]
        response = self.get_response(request)
        if (problem := getattr(response, "problem", None)) and isinstance(problem, TokenRefused):
            witness_refusal(problem.system, wire.CALL, _in_chinese(problem))
        return response

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        refused = getattr(request, "token_refused", None)
        return answer_now(request, refused) if refused else None


def bearer_of(request: HttpRequest) -> str | None:
    """The token of the request; None where it shows none."""
    return wire.bearer_of(request.headers.get("Authorization", ""))


def _in_chinese(refused: TokenRefused) -> str:
    with translation.override("zh-hans"):
        return str(refused.message)


def witness_refusal(system: System | None, action: str, reason: str) -> None:
    """One entry for a refused call of a system, where it is known."""
    witness_denial(client_actor(system, []) if system else ANONYMOUS, action, system or "unknown system", reason)


def witness_denial(actor: Actor, action: str, obj: System | str, reason: str) -> None:
    """One entry. The refusal stands even when the log cannot be written; that is an alarm."""
    try:
        audit.record_denial(actor, action, obj, at=now(), reason=reason)
    except DatabaseError:
        log.exception("a refusal of %s could not be recorded", action)
