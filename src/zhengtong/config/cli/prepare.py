"""`zt prepare`: everything `zt up` does before it serves."""

from __future__ import annotations

import click


@click.command()
@click.option(
    "--demo/--no-demo", default=False, envvar="ZT_DEMO", help="Load synthetic people, companies and premises."
)
def command(demo: bool) -> None:
    """Bring keys, tables, rights, static files and first data up to date, and serve nothing.

    For an installation whose web processes run elsewhere. What is up to date is left alone.
    """
    from zhengtong.config.node import attach, home
    from zhengtong.config.node.backup import plan, slots, source
    from zhengtong.config.node.prepare import prepare

    home.prepare()
    slots.commit_locally()
    database = attach.attach()
    if server := attach.own_server():
        slots.settle(source.Source(server), plan.plan())
    prepare(database, demo=demo)
    home.tell(owner_database=database.owner, web_database=database.web, web_role=database.web_role)
