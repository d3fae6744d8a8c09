"""Every address of the node, which policy stands before it, and which reviewed row says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from .declared import PREFIXES, Prefix


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the node: `policy` is an action, `public`, or empty when nobody said who may enter."""

    path: str
    methods: str
    policy: str
    reason: str
    view: str
    prefix: str = ""  # of a third party, by whose row it is covered

    @property
    def row(self) -> str:
        """The key of its row in a reviewed file."""
        if self.prefix:
            return self.prefix if PREFIXES.get(self.prefix).exact else f"{self.prefix}*"
        return f"{self.methods} {self.path}".strip()


def list_routes() -> list[Route]:
    """Every address the resolver knows, each operation of an API apart."""
    return [route for path, view in _views(get_resolver().url_patterns, "/") for route in _routes_of(path, view)]


def _views(patterns: Iterable[Any], base: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = base + str(pattern.pattern).lstrip("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def _routes_of(path: str, view: Any) -> Iterator[Route]:
    operations = _operations(view)
    for methods, function in operations or [("", view)]:
        policy, reason, prefix = getattr(function, "policy", ""), getattr(function, "public_reason", ""), ""
        if not policy or not function.__module__.startswith(f"{__name__.partition('.')[0]}."):
            covered = _by_prefix(path)
            policy, reason, prefix = (policy or covered[0], reason or covered[1], covered[2])
        view = f"{function.__module__}.{getattr(function, '__qualname__', function)}"
        yield Route(path, methods, policy, reason, view, prefix)


def _operations(view: Any) -> list[tuple[str, Any]]:
    """The operations behind a view of django-ninja: it keeps its `PathView` in a closure."""
    for cell in getattr(view, "__closure__", None) or ():
        operations = getattr(cell.cell_contents, "operations", None)
        if operations is not None:
            return [(",".join(operation.methods), operation.view_func) for operation in operations]
    return []


def _by_prefix(path: str) -> tuple[str, str, str]:
    rows = [(prefix, row) for prefix, row in PREFIXES.items() if _covers(prefix, row, path)]
    if not rows:
        return "", "", ""
    prefix, row = max(rows, key=lambda pair: len(pair[0]))
    return row.policy or "public", f"{prefix}: {row.checked_by or row.label['zh']}", prefix


def _covers(prefix: str, row: Prefix, path: str) -> bool:
    return path == prefix if row.exact else path.startswith(prefix)
