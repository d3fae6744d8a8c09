"""`zt register`: check, preview, publish and list the base registers' definitions; load in bulk; quality.

Exit codes: 0 all is well, 1 the definition has faults or cannot be published, 2 the command was not understood.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zhengtong.config.cli._register_load import load, loads
from zhengtong.config.cli._register_match import match, matches
from zhengtong.config.cli._register_quality import quality, statistics
from zhengtong.config.cli._register_snapshot import snapshot
from zhengtong.config.cli.package import AS_JSON, FOLDER, LANGUAGES, speaking, tell_faults, usual_language


@click.group()
@click.option("--lang", type=click.Choice(sorted(LANGUAGES)), default=usual_language, help="Language of messages.")
@click.pass_context
def command(ctx: click.Context, lang: str) -> None:
    """Base registers: folders that become tables."""
    ctx.obj = LANGUAGES[lang]


command.add_command(load)
command.add_command(loads)
command.add_command(match)
command.add_command(matches)
command.add_command(quality)
command.add_command(statistics)
command.add_command(snapshot)


@command.command()
@FOLDER
@AS_JSON
@click.pass_context
def check(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """List every fault of the definition in FOLDER at once. Exit code 1 when there are any."""
    with speaking(ctx):
        from zhengtong.resources.registers import services

        faults = services.check_definition(folder)
        tell_faults(folder, faults, as_json=as_json)
    ctx.exit(1 if faults else 0)


@command.command()
@FOLDER
@click.option("--sql", is_flag=True, help="Show the statements, too.")
@AS_JSON
@click.pass_context
def diff(ctx: click.Context, folder: Path, sql: bool, as_json: bool) -> None:
    """Say what publishing the definition in FOLDER would change, and what stands against it. Changes nothing."""
    with speaking(ctx):
        from zhengtong.resources.registers import services

        try:
            plan = services.plan(folder)
        except services.DefinitionFaulty as error:
            tell_faults(folder, error.faults, as_json=as_json)
            ctx.exit(1)
        facts = [_facts(plan, number) for number in range(len(plan.steps))]
        if as_json:
            click.echo(json.dumps({"register": plan.definition.key, "ok": plan.is_possible, "steps": facts},
                                  ensure_ascii=False, indent=2))  # fmt: skip
        else:
            _tell(plan, facts, sql)
    ctx.exit(0 if plan.is_possible else 1)


def _facts(plan: Any, number: int) -> dict[str, Any]:
    from zhengtong.resources.registers import services

    step = plan.steps[number]
    told = services.told(step)
    against = (
        {"refused": True} if step.is_refused else {"records": plan.hindered[number]} if number in plan.hindered else {}
    )
    return {**told, "against": against, "remedy": str(step.remedy) if against else "", "sql": list(step.statements)}


def _tell(plan: Any, facts: list[dict[str, Any]], sql: bool) -> None:
    from zhengtong.kernel.texts import localised

    if not facts:
        click.echo(f"{plan.definition.key}: no change")
    for one in facts:
        mark = "✗" if one["against"] else "·"
        count = f" ({one['against']['records']})" if "records" in one["against"] else ""
        click.echo(f"{mark} {localised(one['says'])}{count} {one['remedy']}".rstrip())
        for statement in one["sql"] if sql else ():
            click.echo(f"    {statement};")


@command.command()
@FOLDER
@AS_JSON
@click.pass_context
def publish(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Put the definition in FOLDER in force: its tables are made or changed, whole or not at all."""
    with speaking(ctx):
        from zhengtong.kernel import actors, clock
        from zhengtong.resources.registers import services

        try:
            version = services.publish(actor=actors.system_actor("zt register"), folder=folder, at=clock.now())
        except services.DefinitionFaulty as error:
            tell_faults(folder, error.faults, as_json=as_json)
            ctx.exit(1)
        facts = {"register": version.key, "version": version.number, "digest": version.digest}
        words = "{register}: version {version} is in force ({digest:.12})."
        click.echo(json.dumps(facts) if as_json else words.format(**facts))


@command.command(name="list")
@AS_JSON
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the registers in force."""
    with speaking(ctx):
        from zhengtong.kernel.texts import localised
        from zhengtong.resources.registers import queries

        found = [
            {"key": one.key, "title": localised(one.label), "fields": len(one.fields), "table": one.table,
             "authorities": [a.key for a in one.authorities]}
            for one in queries.definitions().values()
        ]  # fmt: skip
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        for row in [] if as_json else found:
            click.echo("{key:16} {fields:4} fields  {title}".format(**row))
