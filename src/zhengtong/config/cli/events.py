"""`zt events`: the facts rooms announce to each other, and the file that freezes their fields."""

from __future__ import annotations

import json
from pathlib import Path

import click

from zhengtong.config.cli import django_setup


def collect() -> str:
    """docs/reference/events.json as it should be: every event of every room with its fields."""
    from importlib import import_module
    from importlib.util import find_spec

    from django.conf import settings

    from zhengtong.kernel.events import services

    for room in settings.ROOMS:
        if find_spec(f"{room}.events"):
            import_module(f"{room}.events")
    return json.dumps(services.schemas(), indent=2, ensure_ascii=False) + "\n"


def reference_file() -> Path:
    from django.conf import settings

    return Path(settings.ROOT) / "docs" / "reference" / "events.json"


@click.group()
def command() -> None:
    """The facts rooms announce to each other."""
    django_setup(database=False)


@command.command()
@click.option(
    "--write", is_flag=True, help="Write docs/reference/events.json; look at the difference before committing."
)
def schema(write: bool) -> None:
    """Print every event with its fields."""
    if write:
        reference_file().parent.mkdir(parents=True, exist_ok=True)
        reference_file().write_text(collect())
        click.echo(str(reference_file()))
    else:
        click.echo(collect(), nl=False)
