"""`zt register quality` and `zt register statistics`: rules are run, small counts suppressed, results kept.

Exit codes: 0 done, 1 a rule could not be run or the register has none, 2 not understood.
"""

from __future__ import annotations

import json
from typing import Any

import click

from zhengtong.config.cli.package import AS_JSON, speaking

ENGINE = click.option(
    "--engine", type=click.Choice(["postgres", "duckdb"]), default="postgres",
    help="Where it is computed: on the database, or on DuckDB over a Parquet export.",
)  # fmt: skip


@click.command()
@click.argument("register")
@ENGINE
@click.option("--recheck", is_flag=True, help="First look at encrypted values of every record anew (after a new rule).")
@AS_JSON
@click.pass_context
def quality(ctx: click.Context, register: str, engine: str, recheck: bool, as_json: bool) -> None:
    """Run the rules of REGISTER now and keep what they find: counts by division, the first failing records.

    The worker does so every night. Reports whose records are all mended are closed.
    """
    with speaking(ctx):
        from zhengtong.kernel import actors, clock
        from zhengtong.resources.registers import queries, services

        actor = actors.system_actor("zt register quality")
        if recheck:
            services.flag_again(actor=actor, register=register)
        run = services.run_quality(actor=actor, register=register, engine=engine, at=clock.now())
        found = queries.standings(queries.get_register(register), [run])
        facts = {
            "register": register, "day": run.day.isoformat(), "engine": engine,
            "seconds": round((run.finished_at - run.started_at).total_seconds(), 1),
            "rules": [_facts(one) for one in found],
        }  # fmt: skip
        click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _told(facts))
    ctx.exit(1 if any(one.result.fault for one in found) else 0)


def _facts(one: Any) -> dict[str, Any]:
    return {
        "rule": one.rule.key, "label": dict(one.rule.label), "dimension": one.rule.dimension.value,
        "severity": one.rule.severity.value, "authority": one.rule.authority, "looked_at": one.result.looked_at,
        "failing": one.result.failing, "divisions": one.result.divisions, "fault": one.result.fault,
    }  # fmt: skip


def _told(facts: dict[str, Any]) -> str:
    from zhengtong.kernel.texts import localised

    lines = [f"{facts['register']} {facts['day']} ({facts['engine']}, {facts['seconds']} s)"]
    for one in facts["rules"]:
        mark = "!" if one["fault"] else "✗" if one["failing"] else "·"
        label = f"{one['rule']}  {localised(one['label'])} {one['fault']}".rstrip()
        lines.append(f"{mark} {one['failing']:>9} / {one['looked_at']:<9} {one['severity']:8} {label}")
    return "\n".join(lines)


@click.command()
@click.argument("register")
@ENGINE
@AS_JSON
@click.pass_context
def statistics(ctx: click.Context, register: str, engine: str, as_json: bool) -> None:
    """Count the records of REGISTER by division and its axes; small counts are suppressed before anything is kept.

    The worker does so on the first of each month.
    """
    with speaking(ctx):
        from zhengtong.kernel import actors, clock
        from zhengtong.resources.registers import services

        made = services.make_statistics(
            actor=actors.system_actor("zt register statistics"), register=register, engine=engine, at=clock.now()
        )
        facts = {
            "register": register, "day": made.day.isoformat(), "cells": len(made.cells), "suppressed": made.suppressed,
            "threshold": made.threshold, "open": made.is_open,
        }  # fmt: skip
        words = (
            "{register} {day}: {cells} cells, {suppressed} suppressed (counts below {threshold} and what tells them)"
        )
        click.echo(json.dumps(facts) if as_json else words.format(**facts))
