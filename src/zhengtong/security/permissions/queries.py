"""Questions about policies: which route has which, who holds which role, what a URN names."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.ids import Named, parse_urn

from .models import RoleBinding
from .providers import POLICIES, PREFIXES, ROLES, Prefix


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the node: `policy` is an action, `public`, or empty when nobody said who may enter."""

    path: str
    methods: str
    policy: str
    reason: str
    view: str


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
        policy, reason = getattr(function, "policy", ""), getattr(function, "public_reason", "")
        if not policy:
            policy, reason = _by_prefix(path)
        yield Route(
            path, methods, policy, reason, f"{function.__module__}.{getattr(function, '__qualname__', function)}"
        )


def _operations(view: Any) -> list[tuple[str, Any]]:
    """The operations behind a view of django-ninja: it keeps its `PathView` in a closure."""
    for cell in getattr(view, "__closure__", None) or ():
        operations = getattr(cell.cell_contents, "operations", None)
        if operations is not None:
            return [(",".join(operation.methods), operation.view_func) for operation in operations]
    return []


def _by_prefix(path: str) -> tuple[str, str]:
    rows = [(prefix, row) for prefix, row in PREFIXES.items() if _covers(prefix, row, path)]
    if not rows:
        return "", ""
    prefix, row = max(rows, key=lambda pair: len(pair[0]))
    return row.policy or "public", f"{prefix}: {row.checked_by or row.label['zh']}"


def _covers(prefix: str, row: Prefix, path: str) -> bool:
    return path == prefix if row.exact else path.startswith(prefix)


def list_role_bindings(post_uuids: Iterable[uuid.UUID]) -> list[RoleBinding]:
    """Bindings now in force at these posts."""
    return list(RoleBinding.objects.in_force().of_posts(post_uuids).order_by("post_uuid", "role"))


def posts_carrying(action: str, post_uuids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the posts whose roles, now in force, bring the permission. One query."""
    roles = [role.key for role in ROLES.carrying(action)]
    bound = RoleBinding.objects.in_force().of_posts(post_uuids).filter(role__in=roles)
    return set(bound.values_list("post_uuid", flat=True))


def matrix() -> dict[str, Any]:
    """Routes, policies and roles in one table; `routes_without_row` must be empty."""
    routes = list_routes()
    return {
        "routes": [{"path": r.path, "methods": r.methods, "policy": r.policy, "reason": r.reason} for r in routes],
        "routes_without_row": [r.path for r in routes if not r.policy],
        "policies": {
            key: {"label": dict(p.label), "roles": [r.key for r in ROLES.carrying(key)]} for key, p in POLICIES.items()
        },
        "roles": {role.key: {"label": dict(role.label), "permissions": list(role.permissions)} for role in ROLES},
    }


def load_object(urn: str) -> models.Model:
    """The thing a URN names, in any room. Raises NotFound for a malformed URN, an unknown noun, a missing row."""
    try:
        parts = parse_urn(urn)
    except ValueError:
        raise NotFound(
            _("“%s”不是有效的标识。") % urn, remedy=_("标识形如 urn:zhengtong:511602-e:cases:case:…。")
        ) from None
    model = next((m for m in apps.get_models() if _is_named(m, parts.room, parts.noun)), None)
    found = model._default_manager.filter(uuid=parts.uuid).first() if model else None
    if found is None:
        raise NotFound(_("本节点没有“%s”。") % urn, remedy=_("请核对标识是否完整。"))
    return found


def _is_named(model: type[models.Model], room: str, noun: str) -> bool:
    return (
        issubclass(model, Named)
        and model._meta.app_label.partition("_")[2] == room
        and getattr(model, "urn_noun", "") == noun
    )
