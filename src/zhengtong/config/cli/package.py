"""`zt package`: check, publish, retire, list and begin service packages.

Exit codes: 0 all is well, 1 the package has faults (or there is nothing to do), 2 the command was not understood.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from zhengtong.config.cli import django_setup

FOLDER = click.argument("folder", type=click.Path(path_type=Path))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
LANGUAGES = {"zh": "zh-hans", "en": "en"}


def usual_language() -> str:
    """The language of the terminal: Chinese where its locale is, else English."""
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if named.lower().startswith("zh") else "en"


@click.group()
@click.option("--lang", type=click.Choice(sorted(LANGUAGES)), default=usual_language, help="Language of messages.")
@click.pass_context
def command(ctx: click.Context, lang: str) -> None:
    """Service packages: folders that are services."""
    ctx.obj = LANGUAGES[lang]


@contextmanager
def speaking(ctx: click.Context, *, database: bool = True) -> Iterator[None]:
    """Load Django and speak the language asked for, also in a refusal."""
    django_setup(database=database)
    from django.utils import translation

    from zhengtong.kernel.errors import ZhengtongError

    with translation.override(ctx.obj):
        try:
            yield
        except ZhengtongError as fault:
            said = [str(part) for part in (fault.message, fault.remedy) if part]
            raise click.ClickException("\n".join(said)) from fault


@command.command()
@FOLDER
@AS_JSON
@click.pass_context
def check(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """List every fault of the package in FOLDER at once. Exit code 1 when there are any."""
    with speaking(ctx):
        from zhengtong.applications.public_services import services

        faults = services.check_package(folder)
        tell_faults(folder, faults, as_json=as_json)
    ctx.exit(1 if faults else 0)


@command.command()
@FOLDER
@AS_JSON
@click.pass_context
def publish(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Make the package in FOLDER an immutable version and put it in force; unchanged, it changes nothing."""
    with speaking(ctx):
        from zhengtong.applications.public_services import services
        from zhengtong.kernel import actors, clock

        try:
            version = services.publish(actor=actors.system_actor("zt package"), folder=folder, at=clock.now())
        except services.PackageFaulty as error:
            tell_faults(folder, error.faults, as_json=as_json)
            ctx.exit(1)
        facts = {"key": version.service.key, "version": version.number, "digest": version.digest}
        address = f"/services/{version.service.key}/"
        _tell({**facts, "address": address}, as_json, "{key}: version {version} is in force ({digest:.12}).")


@command.command()
@click.argument("key")
@AS_JSON
@click.pass_context
def retire(ctx: click.Context, key: str, as_json: bool) -> None:
    """Take the service KEY out of use. Cases under way end under their version."""
    with speaking(ctx):
        from zhengtong.applications.public_services import services
        from zhengtong.kernel import actors, clock

        services.retire(actor=actors.system_actor("zt package"), key=key, at=clock.now())
        _tell({"key": key, "status": "retired"}, as_json, "{key}: retired.")


@command.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also the items of the local list that have no package.")
@AS_JSON
@click.pass_context
def list_(ctx: click.Context, everything: bool, as_json: bool) -> None:
    """List the services that packages run."""
    with speaking(ctx):
        rows = [_row(service) for service in _services(everything)]
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False))
        for row in [] if as_json else rows:
            click.echo("{key:32} v{version:<4} {status:12} {title}".format(**row))


@command.command()
@FOLDER
@AS_JSON
@click.pass_context
def new(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Write a small package that passes the check into FOLDER, whose name becomes the service's key."""
    with speaking(ctx, database=False):
        from zhengtong.applications.public_services import services

        files = [str(path) for path in services.new_package(folder)]
        _tell(
            {"key": folder.resolve().name, "files": files},
            as_json,
            "{key}: written. Next: zt package check " + str(folder),
        )


def _services(everything: bool) -> Iterator[Any]:
    """Page by page: those run by packages, or all."""
    from zhengtong.applications.public_services import queries

    after = ""
    while True:
        page = queries.list_services(queries.Filters(online_only=not everything, after=after, limit=100))
        yield from page.services
        if not (after := page.next):
            return


def _row(service: Any) -> dict[str, Any]:
    from zhengtong.kernel.texts import localised

    version = service.current_version
    return {
        "key": service.key,
        "version": version.number if version else 0,
        "status": "in force" if version else "information",
        "title": localised(service.title),
        "digest": version.digest if version else "",
    }


def tell_faults(folder: Path, faults: Any, *, as_json: bool) -> None:
    if as_json:
        facts = {"package": str(folder), "ok": not faults, "faults": [fault.as_json() for fault in faults]}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for fault in faults:
        click.echo(
            f"{fault.path}{f':{fault.line}' if fault.line else ''}: [{fault.code}] {fault.message} {fault.remedy}"
        )
    click.echo(f"{folder}: {len(faults)} fault(s)" if faults else f"{folder}: ok", err=bool(faults))


def _tell(facts: dict[str, Any], as_json: bool, sentence: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else sentence.format(**facts))
