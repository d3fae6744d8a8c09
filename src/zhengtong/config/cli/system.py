"""`zt system`: register the systems that sign people in by this node or call its interface; their keys; disable them.

Exit codes: 0 done, 1 refused (the message says why and what to do), 2 the command was not understood. Every act stands
in the accountability log with the system's user who ran the command as `system:operator:NAME`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zhengtong.config.cli.account import AS_JSON, _speaking
from zhengtong.config.cli.package import LANGUAGES, usual_language

KEY = click.argument("system")


@click.group()
@click.option("--lang", type=click.Choice(sorted(LANGUAGES)), default=usual_language, help="Language of messages.")
@click.pass_context
def command(ctx: click.Context, lang: str) -> None:
    """Systems of other departments: register them, their keys, disable them."""
    ctx.obj = LANGUAGES[lang]


@command.command()
@KEY
@click.option("--title", required=True, help="The system's name in Chinese.")
@click.option("--title-en", default="", help="The same in English.")
@click.option("--organisation", required=True, metavar="KEY", help="Whose system: zt account organisations.")
@click.option("--redirect", "redirect_uris", multiple=True, metavar="URL", help="Where people come back to, exactly.")
@click.option("--logout", "logout_uris", multiple=True, metavar="URL", help="Where they go after signing out, exactly.")
@click.option(
    "--backchannel-logout", "backchannel_logout_uri", default="", metavar="URL",
    help="Where the system is told that somebody signed out here.",
)  # fmt: skip
@click.option("--scope", "scopes", multiple=True, help="What it may ask for; may be repeated: zt system scopes.")
@click.option("--purpose", default="", help="For the scope id_number: what identity numbers are needed for.")
@click.option("--sector", default="", help="Systems of one sector know a person by the same name; else the host.")
@click.option("--key", "key_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Public key.")
@AS_JSON
@click.pass_context
def add(  # noqa: PLR0917
    ctx: click.Context, system: str, title: str, title_en: str, organisation: str, key_file: Path | None,
    as_json: bool, **told: Any,
) -> None:  # fmt: skip
    """Register SYSTEM (its client_id). Small letters, digits and hyphens."""
    with _speaking(ctx) as operator:
        from zhengtong.kernel import clock
        from zhengtong.security.sso import services

        titles = {"zh": title, "en": title_en or title}
        made = services.register_system(
            actor=operator, key=system, title=titles, organisation_key=organisation, at=clock.now(), **told
        )
        if key_file:
            services.add_key(actor=operator, key=system, data=key_file.read_bytes(), at=clock.now())
        _say(as_json, {"client_id": made.key, "issuer": services.issuer(), "scopes": made.scopes},
             f"{made.key}  {services.issuer()}/.well-known/openid-configuration")  # fmt: skip


@command.command("list")
@AS_JSON
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List every registered system."""
    with _speaking(ctx):
        from zhengtong.security.directory import queries as directory
        from zhengtong.security.sso import queries

        systems = queries.list_systems()
        owners = directory.organisations_by_uuid(system.organisation_uuid for system in systems)
        rows = [_facts(system, owners) for system in systems]
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        for row in [] if as_json else rows:
            click.echo("{client_id:<24} {state:<9} {organisation:<20} ".format(**row) + " ".join(row["scopes"]))


def _facts(system: Any, owners: Any) -> dict[str, Any]:
    owner = owners.get(system.organisation_uuid)
    return {
        "client_id": system.key, "title": system.title, "organisation": owner.key if owner else "",
        "state": "disabled" if system.disabled_at else "enabled", "scopes": system.scopes,
        "redirect_uris": system.redirect_uris, "logout_uris": system.logout_uris, "sector": system.sector,
        "backchannel_logout_uri": system.backchannel_logout_uri, "last_used_at": _latest(system),
        "purpose": system.purpose, "keys": [_key_facts(key) for key in system.keys.all()],
    }  # fmt: skip


def _latest(system: Any) -> str | None:
    """When the system last proved itself by any of its keys."""
    uses = [key.last_use.at for key in system.keys.all() if hasattr(key, "last_use")]
    return max(uses).isoformat() if uses else None


def _key_facts(key: Any) -> dict[str, Any]:
    return {
        "kid": key.kid, "algorithm": key.algorithm, "certificate": bool(key.certificate),
        "added_at": key.added_at.isoformat(), "revoked_at": key.revoked_at and key.revoked_at.isoformat(),
        "last_used_at": key.last_use.at.isoformat() if hasattr(key, "last_use") else None,
    }  # fmt: skip


@command.command()
@AS_JSON
@click.pass_context
def scopes(ctx: click.Context, as_json: bool) -> None:
    """List what a system may ask for."""
    with _speaking(ctx):
        from zhengtong.kernel.texts import localised
        from zhengtong.security.sso.providers import SCOPES

        rows = {key: dict(scope.label) for key, scope in SCOPES.items()}
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        for key, label in {} if as_json else rows.items():
            click.echo(f"{key:<20} {localised(label)}")


@command.command()
@KEY
@AS_JSON
@click.pass_context
def disable(ctx: click.Context, system: str, as_json: bool) -> None:
    """Refuse SYSTEM from now on; every token it holds ends."""
    _set(ctx, system, False, as_json)


@command.command()
@KEY
@AS_JSON
@click.pass_context
def enable(ctx: click.Context, system: str, as_json: bool) -> None:
    """Admit SYSTEM again."""
    _set(ctx, system, True, as_json)


def _set(ctx: click.Context, system: str, is_enabled: bool, as_json: bool) -> None:
    with _speaking(ctx) as operator:
        from zhengtong.kernel import clock
        from zhengtong.security.sso import services

        services.set_system(actor=operator, key=system, is_enabled=is_enabled, at=clock.now())
        state = "enabled" if is_enabled else "disabled"
        _say(as_json, {"client_id": system, "state": state}, f"{system} {state}")


@command.command("backchannel-logout")
@KEY
@click.argument("address", default="")
@AS_JSON
@click.pass_context
def backchannel_logout(ctx: click.Context, system: str, address: str, as_json: bool) -> None:
    """Tell SYSTEM at ADDRESS that somebody signed out here; without ADDRESS no more."""
    with _speaking(ctx) as operator:
        from zhengtong.kernel import clock
        from zhengtong.security.sso import services

        services.set_backchannel_logout(actor=operator, key=system, address=address, at=clock.now())
        _say(as_json, {"client_id": system, "backchannel_logout_uri": address}, f"{system} {address or '-'}")


@command.group()
def key() -> None:
    """Public keys of systems."""


@key.command("add")
@KEY
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS_JSON
@click.pass_context
def add_key(ctx: click.Context, system: str, file: Path, as_json: bool) -> None:
    """Register the public key in FILE for SYSTEM: PEM, JWK, or a certificate of zt ca issue."""
    with _speaking(ctx) as operator:
        from zhengtong.kernel import clock
        from zhengtong.security.sso import services

        row = services.add_key(actor=operator, key=system, data=file.read_bytes(), at=clock.now())
        _say(as_json, _key_facts(row), f"{row.kid} {row.algorithm}")


@key.command("revoke")
@KEY
@click.argument("kid")
@AS_JSON
@click.pass_context
def revoke_key(ctx: click.Context, system: str, kid: str, as_json: bool) -> None:
    """End the key KID of SYSTEM (8 characters of it will do); tokens got by it are refused at once."""
    with _speaking(ctx) as operator:
        from zhengtong.kernel import clock
        from zhengtong.security.sso import services

        row = services.revoke_key(actor=operator, key=system, kid=kid, at=clock.now())
        _say(as_json, _key_facts(row), f"{row.kid} revoked")


@key.command("list")
@KEY
@AS_JSON
@click.pass_context
def list_keys(ctx: click.Context, system: str, as_json: bool) -> None:
    """List the keys of SYSTEM."""
    with _speaking(ctx):
        from zhengtong.security.sso import queries

        found = queries.find_system(system)
        rows = [_key_facts(row) for row in found.keys.order_by("id")] if found else []
        if as_json:
            click.echo(json.dumps(rows, indent=2))
        for row in [] if as_json else rows:
            click.echo("{kid} {algorithm:<8} {0}".format("revoked" if row["revoked_at"] else "stands", **row))


def _say(as_json: bool, facts: dict[str, Any], text: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else text)
