"""`zt register match` and `zt register matches`: search a register for duplicates; what searches found.

Exit codes: 0 the search came to its end, 1 it did not, 2 not understood.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from zhengtong.config.cli.package import AS_JSON, speaking


@click.command()
@click.argument("register")
@click.option("--new", "only_new", is_flag=True, help="Only what was written since the last search began.")
@AS_JSON
@click.pass_context
def match(ctx: click.Context, register: str, only_new: bool, as_json: bool) -> None:
    """Search REGISTER for records that may be one. They stand in the workbench, under likely duplicates.

    After an interruption the same command goes on where it stopped. What was judged is never asked again.
    """
    with speaking(ctx):
        from zhengtong.kernel.actors import system_actor
        from zhengtong.kernel.clock import now
        from zhengtong.resources.registers import services

        done = services.find_duplicates(
            actor=system_actor("zt register match"), register=register, clock=now, only_new=only_new, progress=_show
        )
        facts = {**_facts(done.run), "resumed_behind": done.resumed_behind}
        click.echo(json.dumps(facts) if as_json else _told(facts))


def _show(done: int, steps: int, found: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"  step {done} of {steps}, {found} pairs", err=True)


def _facts(run: Any) -> dict[str, Any]:
    return {
        "run": str(run.uuid), "register": run.register, "status": run.status, "steps": run.steps, "done": run.mark,
        "since": run.since.isoformat() if run.since else None, "compared": run.compared, "found": run.found,
        "crowded": run.crowded, "started_at": run.started_at.isoformat(),
    }  # fmt: skip


def _told(facts: dict[str, Any]) -> str:
    lines = ["{register}: {compared} pairs compared, {found} new to look at".format(**facts)]
    if facts["resumed_behind"]:
        lines.append("went on behind step {resumed_behind}".format(**facts))
    if facts["crowded"]:
        lines.append("{crowded} groups were too large to be compared; see largest_block".format(**facts))
    return "\n".join(lines)


@click.command()
@click.argument("register", required=False, default="")
@AS_JSON
@click.pass_context
def matches(ctx: click.Context, register: str, as_json: bool) -> None:
    """List searches for duplicates, the newest first: how far, how many pairs."""
    with speaking(ctx):
        from zhengtong.resources.registers import queries

        found = [_facts(run) for run in queries.list_match_runs(register)]
        if as_json:
            click.echo(json.dumps(found))
        for row in [] if as_json else found:
            click.echo("{started_at:.16} {register:16} {status:9} {done}/{steps} steps, {found} pairs".format(**row))
