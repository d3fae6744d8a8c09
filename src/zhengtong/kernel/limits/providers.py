"""Where a route says to which class it belongs: on the view, or by its prefix where the view is a third party's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from zhengtong.kernel.registry import Registry

from .rules import DEFAULTS

V = TypeVar("V", bound=Callable[..., Any])

PREFIXES: Registry[tuple[str, str]] = Registry("limited prefix")
"""`limit_prefix("/accounts/", read="read", write="sign-in")`: routes of third parties."""
EXEMPT = "exempt"


def limited(route_class: str = "", *, read: str = "", write: str = "") -> Callable[[V], V]:
    """Mark a view: its requests draw on this class's allowance; `read` and `write` tell methods apart, and what
    is left empty keeps the class of its method. Stands above `guard`; on an operation of an API below
    `router`."""
    classes = (read or route_class, write or route_class)
    for name in filter(None, classes):
        _check(name)

    def decorate(view: V) -> V:
        view.limit = classes  # type: ignore[attr-defined]
        return view

    return decorate


def unlimited(reason: str) -> Callable[[V], V]:  # noqa: ARG001  (said for the reader)
    """Mark a view that must answer however often it is asked, and say why."""

    def decorate(view: V) -> V:
        view.limit = (EXEMPT, EXEMPT)  # type: ignore[attr-defined]
        return view

    return decorate


def limit_prefix(prefix: str, *, read: str, write: str) -> None:
    """The classes of all routes below a prefix that do not declare their own."""
    _check(read)
    _check(write)
    PREFIXES.register(prefix, (read, write))


def _check(route_class: str) -> None:
    if route_class not in DEFAULTS:
        raise LookupError(f"no class of routes {route_class!r}; there are: {', '.join(DEFAULTS)}")
