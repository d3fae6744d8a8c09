"""`zt seed`: the first data of a node."""

from __future__ import annotations

import click

from zhengtong.config.cli import django_setup


@click.command()
@click.option("--demo/--no-demo", default=False, envvar="ZT_DEMO", help="Also synthetic people, companies, premises.")
def command(demo: bool) -> None:
    """Load the calendar, divisions, organisations, code tables, service items and packages.

    May be repeated: it adds what is missing and changes nothing else.
    """
    from zhengtong.config.node.seeding import seed

    django_setup()
    seed(demo=demo)
