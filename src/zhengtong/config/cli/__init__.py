"""`zt`: the one command of a node. Each sub-command is a module of this folder, loaded only when called."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import click

HERE = Path(__file__).parent


class Lazy(click.Group):
    """Finds `zt NAME` in `config/cli/NAME.py` as `command`; `zt manage …` hands over to Django."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name.replace("-", "_") not in self.list_commands(ctx):
            return None
        return import_module(f"zhengtong.config.cli.{name.replace('-', '_')}").command


@click.group(cls=Lazy)
def main() -> None:
    """政通 Zhengtong: run and look after a node."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengtong.config.settings")


def django_setup() -> None:
    """Load Django with every room; call it first in a sub-command that needs them."""
    import django

    django.setup()
