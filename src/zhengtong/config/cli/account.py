"""`zt account`: open officials' accounts, give links for passwords, reset second factors, lock and unlock, list.

Exit codes: 0 done, 1 refused (the message says why and what to do), 2 the command was not understood. Every act stands
in the accountability log with the system's user who ran the command as `system:operator:NAME`.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from zhengtong.config.cli import django_setup
from zhengtong.config.cli.package import LANGUAGES, usual_language

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
USERNAME = click.argument("username")


@click.group()
@click.option("--lang", type=click.Choice(sorted(LANGUAGES)), default=usual_language, help="Language of messages.")
@click.pass_context
def command(ctx: click.Context, lang: str) -> None:
    """Accounts of officials: open them, reset them, lock them."""
    ctx.obj = LANGUAGES[lang]


@contextmanager
def _speaking(ctx: click.Context) -> Iterator[Any]:
    """Load Django, speak the language asked for, and yield who acts: the system's user at this terminal."""
    django_setup()
    from django.utils import translation

    from zhengtong.kernel.actors import system_actor
    from zhengtong.kernel.errors import ZhengtongError

    with translation.override(ctx.obj):
        try:
            yield system_actor(f"operator:{getpass.getuser()}")
        except ZhengtongError as fault:
            fields = [f"- {field.message}" for field in fault.fields]
            said = [str(part) for part in (fault.message, *fields, fault.remedy) if part]
            raise click.ClickException("\n".join(said)) from fault


@command.command("create-official")
@USERNAME
@click.option("--name", required=True, help="The official's name.")
@click.option("--organisation", required=True, metavar="KEY", help="Key of the authority: zt account organisations.")
@click.option("--role", "roles", required=True, multiple=True, help="Role of the post; may be repeated.")
@click.option("--title", default="", help="The post's title in Chinese; without it that of the first role.")
@click.option("--title-en", default="", help="The same in English.")
@click.option("--head", is_flag=True, help="The post is that of the authority's head.")
@AS_JSON
@click.pass_context
def create_official(ctx: click.Context, username: str, as_json: bool, **told: Any) -> None:
    """Open an account: a post of the authority with its roles, held by USERNAME; prints a link for the password, once.

    Roles: window_clerk, reviewer, decider, supervisor, auditor, security_officer, service_editor, site_editor,
    administrator. How far a role reaches: zt role.
    """
    with _speaking(ctx) as actor:
        from django.db import transaction

        from zhengtong.kernel.clock import now
        from zhengtong.security.identity import services

        with transaction.atomic():  # no account without its link
            services.create_official(
                actor=actor, username=username, password=None, name=told["name"], is_head=told["head"],
                organisation_key=told["organisation"], title=_title(told), roles=told["roles"], at=now(),
            )  # fmt: skip
            link = services.reset_password(actor=actor, username=username, at=now())
        _hand_over(ctx, link, as_json)


def _title(told: dict[str, Any]) -> dict[str, str]:
    from zhengtong.security.permissions.providers import ROLES

    role = ROLES.find(told["roles"][0])
    usual = role.label if role else {"zh": told["roles"][0], "en": told["roles"][0]}
    return {"zh": told["title"] or usual["zh"], "en": told["title_en"] or usual["en"]}


@command.command("set-password")
@USERNAME
@AS_JSON
@click.pass_context
def set_password(ctx: click.Context, username: str, as_json: bool) -> None:
    """End the password and every session of USERNAME; prints a link by which its holder chooses a new one, once."""
    with _speaking(ctx) as actor:
        from zhengtong.kernel.clock import now
        from zhengtong.security.identity import services

        _hand_over(ctx, services.reset_password(actor=actor, username=username, at=now()), as_json)


def _hand_over(ctx: click.Context, link: Any, as_json: bool) -> None:
    from django.conf import settings

    address = settings.ZT_BASE_URL.rstrip("/") + link.path
    words = {
        "zh": f"请当面或经可靠渠道把此链接交给本人。它只能使用一次，{link.hours} 小时内有效，不会再次显示：",
        "en": f"Hand this link to its owner, in person or by a way you trust. It serves once, for {link.hours} hours, "
        "and is not shown again:",
    }
    facts = {"username": link.account.username, "urn": link.account.urn, "link": address, "hours": link.hours}
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else f"{words[_lang(ctx)]}\n{address}")


@command.command("reset-second-factor")
@USERNAME
@AS_JSON
@click.pass_context
def reset_second_factor(ctx: click.Context, username: str, as_json: bool) -> None:
    """Take away a lost second factor and end every session; a new one is set up at the next sign-in."""
    with _speaking(ctx) as actor:
        from zhengtong.kernel.clock import now
        from zhengtong.security.identity import services

        services.reset_second_factor(actor=actor, username=username, at=now())
        words = {
            "zh": f"“{username}”的第二重验证（动态口令、通行密钥、备用码）已重置，下次登录时重新设置。",
            "en": f"The second factor of {username} is gone; a new one is set up at the next sign-in.",
        }
        _tell(ctx, words, as_json, username=username, second_factor=False)


@command.command()
@USERNAME
@click.option("--reason", required=True, help="Why; stands in the log.")
@AS_JSON
@click.pass_context
def lock(ctx: click.Context, username: str, reason: str, as_json: bool) -> None:
    """Let nobody sign in as USERNAME until it is unlocked; its sessions end."""
    with _speaking(ctx) as actor:
        from zhengtong.kernel.clock import now
        from zhengtong.security.identity import services

        services.lock_account(actor=actor, username=username, reason=reason, at=now())
        words = {"zh": f"账号“{username}”已锁定。", "en": f"The account {username} is locked."}
        _tell(ctx, words, as_json, username=username, locked=True)


@command.command()
@USERNAME
@AS_JSON
@click.pass_context
def unlock(ctx: click.Context, username: str, as_json: bool) -> None:
    """Open a locked account again, also one locked out for minutes by wrong passwords."""
    with _speaking(ctx) as actor:
        from zhengtong.kernel.clock import now
        from zhengtong.security.identity import services

        services.unlock_account(actor=actor, username=username, at=now())
        words = {"zh": f"账号“{username}”已解锁。", "en": f"The account {username} is open again."}
        _tell(ctx, words, as_json, username=username, locked=False)


def _tell(ctx: click.Context, words: dict[str, str], as_json: bool, **facts: Any) -> None:
    click.echo(json.dumps(facts) if as_json else words[_lang(ctx)])


def _lang(ctx: click.Context) -> str:
    return "zh" if ctx.obj == LANGUAGES["zh"] else "en"


@command.command("list")
@AS_JSON
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List every account that holds a post: authority, roles, state."""
    with _speaking(ctx) as actor:
        from zhengtong.kernel.clock import now
        from zhengtong.security.identity import queries

        rows = [_row(a) for a in queries.list_officials(actor=actor, at=now())]
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False))
            return
        lang = _lang(ctx)
        for row in rows:
            state = [s for s in ("locked", "no-password", "no-second-factor") if s in row["state"]]
            click.echo(
                f"{row['username']:<16} {row['name']} · {row['organisation'][lang]} · {row['title'][lang]} "
                f"[{', '.join(row['roles'])}] {', '.join(state)}".rstrip()
            )


def _row(account: Any) -> dict[str, Any]:
    missing = {
        "locked": account.is_locked,
        "no-password": not account.has_password,
        "no-second-factor": not account.has_second_factor,
    }
    return {
        "username": account.username,
        "urn": account.urn,
        "name": account.name,
        "organisation": account.organisation,
        "title": account.title,
        "roles": list(account.roles),
        "state": [state for state, holds in missing.items() if holds],
        "last_sign_in": account.last_sign_in and account.last_sign_in.isoformat(),
    }


@command.command()
@AS_JSON
@click.pass_context
def organisations(ctx: click.Context, as_json: bool) -> None:
    """List the authorities of this node by their keys."""
    with _speaking(ctx):
        from zhengtong.security.directory import queries

        found = queries.list_organisations()
        if as_json:
            click.echo(json.dumps([{"key": o.key, "title": o.title} for o in found], ensure_ascii=False))
            return
        for organisation in found:
            click.echo(f"{organisation.key:<28} {organisation.title['zh']}  {organisation.title['en']}")
