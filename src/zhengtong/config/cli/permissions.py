"""`zt permissions`: why somebody may or may not act; which route has which policy."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from . import django_setup

_SIGNS = {True: "✓", False: "✗", None: "?"}


@click.group()
def command() -> None:
    """Explain permissions: who may do what, and why."""
    django_setup()


@command.command()
@click.argument("actor")
@click.argument("action")
@click.argument("obj", metavar="[OBJECT]", default="")
@click.option(
    "--capacity", default="", help="Key of the capacity: resident, official, or the uuid of a representation."
)
@click.option("--purpose", default="", help="Key of the purpose for which it is done, e.g. case-handling.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def explain(actor: str, action: str, obj: str, *, capacity: str, purpose: str, as_json: bool) -> None:
    """Say rule by rule whether ACTOR (user name or URN of an account) may do ACTION on OBJECT (a URN).

    The one-time code is taken as given. Exit code: 0 allowed, 1 refused, 2 unknown actor, action or object.
    """
    from zhengtong.kernel import clock
    from zhengtong.kernel.errors import NotFound
    from zhengtong.security.identity import queries as identity
    from zhengtong.security.permissions import queries, services
    from zhengtong.security.permissions.providers import POLICIES

    account = identity.find_account(actor)
    if account is None:
        _fail(f"no account {actor!r}: give a user name or the URN of an account")
    try:
        subject = queries.load_object(obj) if obj else None
        someone = identity.actor_for_account(account, capacity, at=clock.now(), mfa=True)  # type: ignore[arg-type]
        answers = services.explain(someone, action, subject, purpose=purpose)
    except NotFound as fault:
        _fail(f"{fault.message} {fault.remedy}")
    except LookupError as fault:
        _fail(str(fault.args[0]))
    allowed = answers[0].holds is True
    if subject is not None and not POLICIES.get(action).is_about(subject):
        click.echo(f"{action} is not asked about such a thing: {obj} does not count", err=True)
    if as_json:
        document = {"actor": someone.urn, "capacity": str(someone.capacity), "action": action, "object": obj}
        document["purpose"] = purpose
        click.echo(
            json.dumps({**document, "allowed": allowed, "rules": [a.as_dict() for a in answers]}, ensure_ascii=False)
        )
    else:
        for answer in answers:
            remedy = f"  → {answer.remedy['zh']}" if answer.holds is False and answer.remedy else ""
            click.echo(f"{'  ' * answer.depth}{_SIGNS[answer.holds]} {answer.rule['zh']} | {answer.rule['en']}{remedy}")
    sys.exit(0 if allowed else 1)


@command.command()
@click.argument("action")
@click.argument("obj", metavar="[OBJECT]", default="")
@click.option("--purpose", default="", help="Key of the purpose for which it is done, e.g. case-handling.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def who(action: str, obj: str, purpose: str, as_json: bool) -> None:
    """Say who could do ACTION on OBJECT (a URN): officials whose post carries it, and the rule against each other one.

    Where the rule is one of duties kept apart, the two acts are named that the person may not both do.
    The one-time code is taken as given. Exit code: 0 somebody could, 1 nobody, 2 unknown action or object.
    """
    from zhengtong.kernel import clock
    from zhengtong.kernel.errors import NotFound
    from zhengtong.security.identity import queries as identity
    from zhengtong.security.permissions import queries
    from zhengtong.security.permissions.providers import POLICIES

    try:
        POLICIES.get(action)
        found = identity.who_may(action, queries.load_object(obj) if obj else None, at=clock.now(), purpose=purpose)
    except NotFound as fault:
        _fail(f"{fault.message} {fault.remedy}")
    except LookupError as fault:
        _fail(str(fault.args[0]))
    rows: list[dict[str, Any]] = [
        {
            "name": one.name, "title": one.title, "organisation": one.organisation, "account": str(one.account_uuid),
            "may": one.refusal is None, "rule": dict(one.refusal.rule) if one.refusal else None,
            "on_behalf_of": one.by_delegation, "separation": one.separation.key if one.separation else "",
            "acts": [one.separation.first, action] if one.separation else [],
        }
        for one in found
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps({"action": action, "object": obj, "officials": rows}, ensure_ascii=False))
    for row in () if as_json else rows:
        behalf = f"（代 {row['on_behalf_of']}）" if row["on_behalf_of"] else ""
        why = f"  {row['rule']['zh']} | {row['rule']['en']}" if row["rule"] else ""
        apart = f"  [{' ≠ '.join(act for act in row['acts'] if act)}]" if row["separation"] else ""
        who_ = f"{row['organisation']['zh']} {row['name']} {row['title']['zh']}{behalf}"
        click.echo(f"{_SIGNS[row['may']]} {who_}{why}{apart}")
    sys.exit(0 if any(row["may"] for row in rows) else 1)


@command.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def matrix(as_json: bool) -> None:
    """The same as `zt matrix`."""
    from .matrix import show

    show(as_json=as_json)


def _fail(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(2)
