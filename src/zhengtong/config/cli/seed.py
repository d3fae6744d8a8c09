"""`zt seed`: the first data of a node."""

from __future__ import annotations

import click

from zhengtong.config.cli import django_setup


@click.command()
@click.option("--demo/--no-demo", default=False, envvar="ZT_DEMO", help="Also synthetic people, companies, premises.")
@click.option(
    "--towns", default="", metavar="COUNTY", help="Only this: the towns and streets of one county (six digits)."
)
def command(demo: bool, towns: str) -> None:
    """Load the calendar, divisions, organisations, code tables, service items and packages.

    May be repeated: it adds what is missing and changes nothing else. On an empty database tables and keys come first.
    """
    if towns:
        django_setup()
        click.echo(f"{_load_towns(towns)} towns and streets")
    else:
        _load_all(demo)


def _load_all(demo: bool) -> None:
    from zhengtong.config.node import attach, home
    from zhengtong.config.node.prepare import seed

    home.prepare()
    attach.recall()
    seed(attach.attach(), demo=demo)


def _load_towns(county: str) -> int:
    from zhengtong.kernel.actors import system_actor
    from zhengtong.kernel.clock import now
    from zhengtong.security.directory import services as directory

    return directory.load_towns(county, actor=system_actor("seed"), at=now())
