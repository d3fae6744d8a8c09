"""`zt seed`: the first data of a node. Every step may be repeated: it adds what is missing and changes nothing else."""

from __future__ import annotations

from datetime import datetime

import click

from zhengtong.config.cli import django_setup
from zhengtong.config.node.progress import step
from zhengtong.kernel.actors import Actor, system_actor


@click.command()
@click.option("--demo/--no-demo", default=False, envvar="ZT_DEMO", help="Also synthetic people, companies, premises.")
def command(demo: bool) -> None:
    """Load the calendar, divisions, organisations, code tables, service items and packages."""
    django_setup()
    seed(demo=demo)


def seed(*, demo: bool) -> None:
    """Run every step, in the order in which they need each other. Django must be loaded."""
    from zhengtong.kernel import clock

    actor, at = system_actor("seed"), clock.now()
    for title, load in STEPS + (DEMO_STEPS if demo else ()):
        with step(f"  {title}"):
            load(actor, at)


def _calendar(actor: Actor, at: datetime) -> None:
    from zhengtong.support.deadlines import services

    services.load_calendar(actor=actor, at=at)


def _divisions(actor: Actor, at: datetime) -> None:
    from zhengtong.security.directory import services

    services.load_divisions(actor=actor, at=at)


def _organisations(actor: Actor, at: datetime) -> None:
    from zhengtong.security.directory import services

    services.load_organisations(actor=actor, at=at)


def _code_tables(actor: Actor, at: datetime) -> None:  # noqa: ARG001
    from zhengtong.resources.standards import services

    services.load_code_tables()


STEPS = (
    ("工作日历 calendar", _calendar),
    ("行政区划 divisions", _divisions),
    ("机构 organisations", _organisations),
    ("代码表 code tables", _code_tables),
)
DEMO_STEPS: tuple = ()
