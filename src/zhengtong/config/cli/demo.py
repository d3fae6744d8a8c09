"""`zt demo`: the story of a restaurant on a scratch database; `zt demo otp USER`, `zt demo accounts`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from zhengtong.config.cli import django_setup

OFFICE_HOURS = 10  # the story begins at ten in the morning, China time


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of the narrative.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Tell the story of a restaurant, from application to credential, without a browser, on a scratch database."""
    if ctx.invoked_subcommand is None:
        ctx.exit(_tell(as_json))


@command.command()
@click.argument("username")
def otp(username: str) -> None:
    """The one-time code of a demo account at this moment (demo nodes only)."""
    django_setup()
    from zhengtong.kernel.clock import now
    from zhengtong.security.identity import queries as identity

    click.echo(identity.demo_otp(username, now()))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def accounts(as_json: bool) -> None:
    """The demo accounts of this node, with their password and one-time-password secret."""
    django_setup()
    from zhengtong.config.node.seeding import accounts_sheet
    from zhengtong.security.identity import queries as identity

    rows = identity.demo_accounts()
    as_text = json.dumps([asdict(row) for row in rows], ensure_ascii=False) if as_json else accounts_sheet(rows)
    click.echo(as_text)


def _tell(as_json: bool) -> int:
    from zhengtong.config.node.progress import step, step_aside
    from zhengtong.config.node.scratch import scratch_database

    step_aside(as_json)
    with scratch_database("demo"):
        with step("初始数据 first data"):
            _prepare()
        told, report, verified = _play(_narrator(as_json))
        facts = _facts(told, report, verified)
        click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _closing(facts))
        _close_connections()
    return 0 if facts["receipt_verified"] and facts["log_intact"] else 1


def _prepare() -> None:
    import django

    django.setup()
    from zhengtong.config.story import seeding

    seeding.small_demo(at=_start() - timedelta(days=30))


def _start() -> datetime:
    """Ten o'clock on the Monday of last week: working days, but for the weeks of a holiday."""
    from zhengtong.kernel.clock import CHINA, now

    today = now().astimezone(CHINA).replace(hour=OFFICE_HOURS, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday() + 7)


def _play(note: Any) -> tuple[Any, Any, Any]:
    from django.db import transaction

    from zhengtong.config.story import tell
    from zhengtong.security.audit import services as audit
    from zhengtong.security.audit import wire

    told = tell(start=_start(), note=note)
    with transaction.atomic():
        report = audit.verify()
    return told, report, wire.verify(told.receipt)


def _narrator(as_json: bool) -> Any:
    from zhengtong.kernel.clock import CHINA

    def note(at: datetime, zh: str, en: str) -> None:
        if not as_json:
            click.echo(f"  {at.astimezone(CHINA):%m-%d %H:%M}  {zh}\n               {en}")

    return note


def _facts(told: Any, report: Any, verified: Any) -> dict[str, Any]:
    from zhengtong.config.story.restaurant import clocks_of
    from zhengtong.kernel.clock import now

    clocks = clocks_of(told.case, at=now())
    return {
        "outcome": told.outcome,
        "reviews": told.reviews,
        "case": told.case.number,
        "credential": told.credentials[0].number,
        "credentials": [c.number for c in told.credentials],
        "verification_codes": [c.verification_code for c in told.credentials],
        "receipt_verified": verified.ok,
        "receipt_sealed": verified.sealed,
        "log_intact": report.ok,
        "log_entries": report.entries,
        "clocks": [
            {"key": c.key, "used": c.used, "total": c.total, "due": c.due_date.isoformat() if c.due_date else None}
            for c in clocks
        ],
    }


def _closing(facts: dict[str, Any]) -> str:
    clocks = "\n".join(f"    {c['key']:<20} {c['used']:>3} / {c['total']:<3} {c['due'] or ''}" for c in facts["clocks"])
    return (
        f"\n  期限 clocks (working days used / allowed, due)\n{clocks}\n"
        f"\n  证照 credentials        {', '.join(facts['credentials'])}"
        f"\n  回执 receipt verified   {'yes' if facts['receipt_verified'] else 'NO'}"
        f"\n  记录 log intact         {'yes' if facts['log_intact'] else 'NO'}, {facts['log_entries']} entries"
    )


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
