"""`zt status`: is the node of this folder running, where, on which database."""

from __future__ import annotations

import json
from typing import Any

import click

NOT_RUNNING = 3


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--database", is_flag=True, help="Print only the owner's address of the database, for pg_dump and psql.")
def command(as_json: bool, database: bool) -> None:
    """Tell whether the node of this folder runs. Exit status 0: it runs; 3: it does not."""
    from zhengtong.config.node import home
    from zhengtong.config.node.backup import adoption, record

    home.prepare()
    lock = home.take()
    if lock:
        lock.close()
    told = home.told()
    facts = {
        "running": lock is None, "address": told.get("address", ""), "home": str(home.folder()),
        "database": told.get("owner_database", ""), "demo": told.get("environment", {}).get("ZT_DEMO") == "1",
    }  # fmt: skip
    backup = {name: record.noted(name) for name in ("backup", "archive", "drill")}
    facts["backup"], facts["restored_from"] = backup, adoption.restored_from()
    if database:
        click.echo(facts["database"])
    elif as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        click.echo(f"running at {facts['address']}" if facts["running"] else "not running")
        click.echo(f"home      {facts['home']}\ndatabase  {facts['database'] or _unstarted()}")
        if facts["restored_from"]:
            click.echo(f"restored  from {facts['restored_from']}: nothing is backed up until `zt backup adopt`")
        for line in _backup_lines(backup):
            click.echo(line)
    raise SystemExit(0 if facts["running"] else NOT_RUNNING)


def _unstarted() -> str:
    """What to say of a database whose address nobody has noted: `zt up` notes it."""
    from zhengtong.config.node import home

    laid = any(home.folder().glob("postgres/*/data/PG_VERSION"))
    return "there, not started since it was laid" if laid else "none yet"


def _backup_lines(backup: dict[str, dict[str, Any]]) -> list[str]:
    """The last backup, how far the log is archived, the last drill; and what is wrong with them."""
    taken, archive, drill = backup["backup"], backup["archive"], backup["drill"]
    lines = [f"backup    {taken['id']} in {taken['where']}" if taken else "backup    never: docs/operations/backup.md"]
    if archive.get("at"):
        lines.append(f"log       archived until {archive['at']:.19}Z")
    if archive.get("fault"):
        lines.append(f"          ✗ {archive['fault']}")
    if drill:
        lines.append(f"drill     {drill['at']:.19}Z {'✓' if drill['ok'] else '✗ ' + '; '.join(drill['faults'])}")
    return [*lines] if drill or not taken else [*lines, "drill     never: zt drill"]
