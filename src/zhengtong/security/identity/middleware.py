"""Who sends the request, as a plain value; officials without a second factor are led to set one up."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from zhengtong.kernel.actors import ANONYMOUS, Actor
from zhengtong.kernel.clock import now

from . import queries
from .sessions import capacity_of, has_second_factor


class ActorOfRequest:
    """Sets `request.actor`, filled when first read: nothing for strangers, one query for people at work or at home."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a session, in the capacity chosen there."""
    user = request.user
    if not user.is_authenticated:
        return ANONYMOUS
    return queries.actor_for_account(user, capacity_of(request), at=now(), mfa=has_second_factor(request))
