"""`zt matrix`: who may do what: every route, and every cell role × action × state × scope, as people reviewed them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from . import django_setup

if TYPE_CHECKING:
    from zhengtong.security.permissions.queries import Matrix


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: every route and every cell with its answer.")
@click.option("--words", is_flag=True, help="What the words for scopes mean.")
@click.option("--duties", is_flag=True, help="Which acts and which roles are kept apart, and why.")
@click.option("--action", default="", help="Only the actions that begin so, e.g. cases.case.")
def command(as_json: bool, words: bool, duties: bool, action: str) -> None:
    """Show who may do what, as the reviewed files say it; whoever is not named may not.

    Exit code 1: a route or a policy that nobody reviewed, or a row about something that does not exist.
    """
    django_setup(database=False)
    show(as_json=as_json, words=words, duties=duties, only=action)


def show(*, as_json: bool = False, words: bool = False, duties: bool = False, only: str = "") -> None:
    """Print the matrix, and leave with its exit code."""
    from zhengtong.security.permissions import queries

    matrix = queries.matrix()
    if as_json:
        click.echo(json.dumps(_document(matrix), ensure_ascii=False))
    elif words:
        for scope, meaning in queries.list_scopes():
            click.echo(f"{scope:12} {meaning}")
    elif duties:
        _print_duties()
    else:
        _print(matrix, only)
    sys.exit(0 if matrix.is_sound else 1)


def _document(matrix: Matrix) -> dict[str, object]:
    """`cells_untested`: of policies without a reviewed answer. The tests try every other cell on real things."""
    from zhengtong.security.permissions import queries
    from zhengtong.security.permissions.providers import POLICIES, ROLES

    shown = ("path", "methods", "policy", "reason")
    return {
        "routes": [{name: getattr(route, name) for name in shown} for route in matrix.routes],
        "routes_without_row": [route.row for route in matrix.routes_without_row],
        "cells": [{**cell.as_dict(), "may": queries.is_expected(cell)} for cell in matrix.cells],
        "cells_untested": [cell.as_dict() for cell in matrix.cells_untested],
        "left_over": matrix.left_over,
        "counts": {
            "routes": len(matrix.routes), "routes_without_row": len(matrix.routes_without_row),
            "cells": len(matrix.cells), "cells_untested": len(matrix.cells_untested),
        },
        "policies": {
            key: {"label": dict(policy.label), "roles": [role.key for role in ROLES.carrying(key)]}
            for key, policy in POLICIES.items()
        },
        "roles": {
            role.key: {
                "label": dict(role.label), "permissions": list(role.permissions), "reach": role.reach.as_detail(),
            }
            for role in ROLES
        },
        "separations": _duties(),
    }  # fmt: skip


def _duties() -> dict[str, list[dict[str, object]]]:
    """The declared pairs of acts and of roles, with the acts that belong to none and say why."""
    from zhengtong.security.permissions.providers import SEPARATIONS

    return {
        "acts": [
            {"key": pair.key, "label": dict(pair.label), "first": pair.first, "second": list(pair.second),
             "field": pair.field, "basis": dict(pair.basis)}
            for pair in SEPARATIONS.acts()
        ],
        "roles": [
            {"key": item.key, "label": dict(item.label), "roles": sorted(item.roles), "basis": dict(item.basis)}
            for item in SEPARATIONS.roles()
        ],
        "unpaired": [{"action": action, "why": dict(why)} for action, why in sorted(SEPARATIONS.excuses().items())],
    }  # fmt: skip


def _print_duties() -> None:
    from zhengtong.security.permissions.providers import SEPARATIONS

    for pair in SEPARATIONS.acts():
        click.echo(f"{pair.key}  {pair.label['zh']} | {pair.label['en']}")
        click.echo(f"    {pair.first or '(' + pair.field + ')'}  ≠  {' '.join(pair.second)}")
    for item in SEPARATIONS.roles():
        click.echo(f"{item.key}  {item.label['zh']} | {item.label['en']}")
        click.echo(f"    {'  ≠  '.join(sorted(item.roles))}")
    for action, why in sorted(SEPARATIONS.excuses().items()):
        click.echo(f"{action}  —  {why['zh']} | {why['en']}")


def _print(matrix: Matrix, only: str) -> None:
    from zhengtong.security.permissions import queries
    from zhengtong.security.permissions.providers import POLICIES

    for action in sorted(action for action in POLICIES if action.startswith(only)):
        label = POLICIES.get(action).label
        click.echo(f"{action}  {label['zh']} | {label['en']}")
        for where, who in queries.list_rows(action):
            click.echo(f"    {where:60} {who}")
    if not only:
        click.echo()
        for row, policy in sorted({(route.row, route.policy) for route in matrix.routes}):
            click.echo(f"{row:75} {policy or '—'}")
    click.echo(
        f"\n{len(matrix.routes)} routes, {len(matrix.routes_without_row)} without a row; "
        f"{len(matrix.cells)} cells, {len(matrix.cells_untested)} untested"
    )
    for fault in (*(route.row for route in matrix.routes_without_row), *matrix.left_over):
        click.echo(f"✗ {fault}", err=True)
