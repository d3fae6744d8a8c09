"""`zt status`: is the node of this folder running, where, on which database."""

from __future__ import annotations

import json

import click

NOT_RUNNING = 3


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--database", is_flag=True, help="Print only the owner's address of the database, for pg_dump and psql.")
def command(as_json: bool, database: bool) -> None:
    """Tell whether the node of this folder runs. Exit status 0: it runs; 3: it does not."""
    from zhengtong.config.node import home

    home.prepare()
    lock = home.take()
    if lock:
        lock.close()
    told = home.told()
    facts = {
        "running": lock is None, "address": told.get("address", ""), "home": str(home.folder()),
        "database": told.get("owner_database", ""), "demo": told.get("environment", {}).get("ZT_DEMO") == "1",
    }  # fmt: skip
    if database:
        click.echo(facts["database"])
    elif as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        click.echo(f"running at {facts['address']}" if facts["running"] else "not running")
        click.echo(f"home      {facts['home']}\ndatabase  {facts['database'] or 'none yet'}")
    raise SystemExit(0 if facts["running"] else NOT_RUNNING)
