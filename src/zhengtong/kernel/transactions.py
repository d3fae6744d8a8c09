"""A verb is one transaction: its own, or part of the request's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")
_discards: ContextVar[bool] = ContextVar("a failure discards the request", default=False)


@contextmanager
def of_request(*, discards: bool) -> Iterator[None]:
    """The transaction of a request.

    `discards`: whether nothing is asked of the database after a failed verb, as in the JSON interface. A page may
    still have to read what it shows beside the fault.
    """
    token = _discards.set(discards)
    try:
        with transaction.atomic():
            yield
    finally:
        _discards.reset(token)


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """All of the function happens or nothing does; it may be called alone, in a request, or by another verb.

    Inside a request that a failure discards there is nothing to return to, and no savepoint is set.
    """

    @functools.wraps(function)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(savepoint=not _discards.get()):
            return function(*args, **kwargs)

    return whole
