"""`zt manage`: Django's own commands on this node."""

from __future__ import annotations

import click

from zhengtong.config.cli import adopt_node

WITHOUT_DATABASE = {
    "",
    "help",
    "check",
    "makemigrations",
    "collectstatic",
    "findstatic",
    "makemessages",
    "compilemessages",
}


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Hand over to Django's own commands (migrate, makemigrations, shell …)."""
    from django.core.management import execute_from_command_line

    if (arguments or ("",))[0] not in WITHOUT_DATABASE:
        adopt_node()
    execute_from_command_line(["zt manage", *arguments])
