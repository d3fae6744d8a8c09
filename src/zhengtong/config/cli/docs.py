"""`zt docs`: the generated pages of docs/reference."""

from __future__ import annotations

import difflib

import click

from zhengtong.config.cli import django_setup


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit status 1 where a page is not as the sources have it.")
def command(check: bool) -> None:
    """Write the pages of docs/reference that are made from the sources."""
    from zhengtong.config.cli import _reference as reference

    django_setup(database=False)
    stale = {name: text for name, text in reference.pages().items() if _standing(name) != text}
    for name, text in stale.items():
        if check:
            click.echo(
                "\n".join(list(difflib.unified_diff(_standing(name).splitlines(), text.splitlines(), name))[:40])
            )
        else:
            reference.folder().mkdir(parents=True, exist_ok=True)
            (reference.folder() / name).write_text(text, encoding="utf-8")
            click.echo(f"docs/reference/{name}")
    if check and stale:
        raise click.ClickException(f"{', '.join(stale)}: not as the sources have it; run: make docs")


def _standing(name: str) -> str:
    from zhengtong.config.cli import _reference as reference

    path = reference.folder() / name
    return path.read_text(encoding="utf-8") if path.exists() else ""
