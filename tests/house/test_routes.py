"""No address of the node without a policy; no policy that nobody can satisfy by a slip of the pen."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.urls import path

from zhengtong.security.permissions import queries, routes
from zhengtong.security.permissions.providers import POLICIES, ROLES


def test_every_route_has_a_policy_or_a_row_for_its_prefix() -> None:
    bare = [f"{route.methods} {route.path} ({route.view})" for route in queries.list_routes() if not route.policy]
    assert not bare, "mark them with permissions.services.guard(action) or public(reason):\n" + "\n".join(bare)


def test_every_policy_a_route_names_exists() -> None:
    unknown = {r.policy for r in queries.list_routes() if r.policy} - set(POLICIES) - {"public"}
    assert not unknown


def test_an_open_route_says_why_it_is_open() -> None:
    silent = [route.path for route in queries.list_routes() if route.policy == "public" and not route.reason]
    assert not silent


def test_a_route_without_a_policy_would_be_found() -> None:
    def forgotten(request: object) -> HttpResponse:
        return HttpResponse()

    found = [
        route for where, view in routes._views([path("x/", forgotten)], "/") for route in routes._routes_of(where, view)
    ]
    assert [(route.path, route.policy) for route in found] == [("/x/", "")]


@pytest.mark.parametrize("role", [role.key for role in ROLES])
def test_every_permission_of_a_role_has_a_policy(role: str) -> None:
    unknown = set(ROLES.permissions_of(role)) - set(POLICIES)
    assert not unknown


def test_no_room_grants_to_a_role_that_is_not_declared() -> None:
    assert ROLES.undeclared() == []


def test_labels_are_complete() -> None:
    for key, policy in POLICIES.items():
        assert set(policy.label) >= {"zh", "en"}, key
        assert policy.action == key
    for role in ROLES:
        assert set(role.label) >= {"zh", "en"}, role.key
