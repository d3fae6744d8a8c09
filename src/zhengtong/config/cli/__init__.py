"""`zt`: the one command of a node. Each sub-command is a module of this folder, loaded only when called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import zhengtong
from zhengtong.config.node.faults import NodeFault

HERE = Path(__file__).parent
NO_NODE = """{0} 中没有节点：请用 ZT_HOME 指明节点所在目录，或先运行 zt up（或 zt prepare）。
There is no node in {0}: set ZT_HOME to the folder of one, or run `zt up` (or `zt prepare`) first."""
OTHER_TABLES = """数据库的表不全，或不是这一版本的：请先运行 zt prepare。
The database lacks tables, or they are of another version: run `zt prepare` first."""
_UNDEFINED = ("42P01", "42883", "42703")  # SQLSTATE: no such table, function, column


class Lazy(click.Group):
    """Finds `zt NAME` in `config/cli/NAME.py` as `command`. What an operator can mend is said in a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(p.stem.replace("_", "-") for p in HERE.glob("*.py") if not p.stem.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"zhengtong.config.cli.{cmd_name.replace('-', '_')}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NodeFault as fault:
            raise click.ClickException(str(fault)) from fault
        except Exception as fault:
            raise _understandable(fault) from fault


@click.group(cls=Lazy)
@click.version_option(zhengtong.__version__, prog_name="zt")
def main() -> None:
    """政通 Zhengtong: run and look after a node."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengtong.config.settings")


def django_setup(*, database: bool = True) -> None:
    """Load Django with every room; call it first in a sub-command that needs them.

    Without DATABASE_URL the command works on this folder's node, whose server is started if it does not run.
    """
    import django

    if database:
        adopt_node()
    django.setup()


def adopt_node() -> None:
    """Let this process work on the node of this folder, unless its environment names a database.

    Raises HomeFault where there is none: a question about a node never makes one.
    """
    from zhengtong.config.node import attach, home

    if attach.is_nowhere():
        raise home.HomeFault(NO_NODE.format(home.folder()))
    attach.adopt()


def _understandable(fault: Exception) -> Exception:
    """A refusal of the house in its own words, field by field, with its remedy; anything else as it is."""
    if getattr(fault.__cause__, "sqlstate", "") in _UNDEFINED:
        return click.ClickException(f"{OTHER_TABLES}\n{fault.__cause__}")
    errors = sys.modules.get("zhengtong.kernel.errors")
    if not errors or not isinstance(fault, errors.ZhengtongError):
        return fault
    fields = [f"- {field.path}: {field.message}" for field in fault.fields]
    return click.ClickException("\n".join(str(part) for part in (fault, *fields, fault.remedy) if part))
