"""`zt integrity`: are the programs and pages those that were installed?"""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict

import click

from zhengtong.config.cli import django_setup


@click.group()
def command() -> None:
    """Fingerprints of programs, templates and static files, signed by the node key.

    Made when the node first runs. After an upgrade an operator records them anew.
    """
    django_setup()


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(as_json: bool) -> None:
    """Compare what lies there with what was recorded. Exit status 1: something differs, or nothing was recorded."""
    from zhengtong.security.watch import queries

    found = queries.check_integrity()
    if as_json:
        click.echo(json.dumps({**asdict(found), "ok": found.ok}, default=str, ensure_ascii=False, indent=2))
    elif found.ok:
        click.echo(f"✓ {found.files} files are as recorded at {found.made_at:%Y-%m-%d %H:%M} UTC")
    elif found.forged:
        click.echo("✗ the manifest does not bear this node's code: it was altered, or the node key is another")
    elif found.made_at is None:
        click.echo("✗ nothing is recorded yet; the worker does it at its first look, or: zt integrity record")
    for sign, names in (("changed", found.changed), ("missing", found.missing), ("added", found.added)):
        if not as_json:
            click.echo("".join(f"✗ {sign}: {name}\n" for name in names), nl=False)
    raise SystemExit(0 if found.ok else 1)


@command.command()
def record() -> None:
    """Take what lies there now for what was installed; an entry of the accountability log says who did."""
    from zhengtong.kernel import clock
    from zhengtong.kernel.actors import system_actor
    from zhengtong.security.watch import services

    files = services.record_manifest(actor=system_actor(f"operator:{getpass.getuser()}"), at=clock.now())
    click.echo(f"✓ {files} files recorded")
