"""`zt register snapshot`: a whole register into files with a signed manifest, and the check of such a folder.

Exit codes: 0 done, or the folder is as it was signed; 1 it is not, or was refused; 2 not understood.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zhengtong.config.cli.package import AS_JSON, speaking


class _TakesAtOnce(click.Group):
    """`snapshot KEY …` is `snapshot take KEY …`."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["take", *args])


@click.group(cls=_TakesAtOnce)
def snapshot() -> None:
    """`snapshot KEY` writes a whole register into files; `snapshot verify FOLDER` checks them."""


@snapshot.command()
@click.argument("register")
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="New folder.")
@click.option("--format", "file_format", type=click.Choice(["parquet", "csv"]), default="parquet")
@click.option("--fields", default="", help="Names with commas. Default: all that are open to whom it is for.")
@click.option("--for", "consumer", default="", metavar="KEY", help="Organisation whose grants count.")
@click.option("--purpose", default="", help="Key of the purpose, such as licensing.")
@click.option("--matter", default="", help="Which task; it stands in the log, and people see it.")
@AS_JSON
@click.pass_context
def take(
    ctx: click.Context, /, register: str, *, folder: Path, file_format: str, fields: str, consumer: str, purpose: str,
    matter: str, as_json: bool,
) -> None:  # fmt: skip
    """Write REGISTER as it is at this moment into a new folder: parts, a manifest, the node's signature.

    Without --for only what is open to everybody. Numbers that are encrypted at rest are written in clear where a grant
    opens them: keep the folder accordingly.
    """
    with speaking(ctx):
        from zhengtong.kernel.actors import system_actor
        from zhengtong.kernel.clock import now
        from zhengtong.resources.registers import queries, services

        use = services.For(consumer, queries.purpose_of(purpose, matter) if purpose or consumer else None)
        names = [name.strip() for name in fields.split(",") if name.strip()]
        with _told_by_field():
            taken = services.take_snapshot(
                actor=system_actor("zt register snapshot"), register=register, folder=folder, file_format=file_format,
                use=use, fields=names, at=now(), progress=lambda rows: click.echo(f"  {rows} rows", err=True),
            )  # fmt: skip
        click.echo(json.dumps(taken.manifest, ensure_ascii=False) if as_json else _told(taken))


def _told_by_field() -> Any:
    """A refusal with what is wrong of each field."""
    from contextlib import contextmanager

    from zhengtong.kernel.errors import Invalid

    @contextmanager
    def telling() -> Any:
        try:
            yield
        except Invalid as fault:
            if not fault.fields:
                raise
            raise Invalid("\n".join(str(one.message) for one in fault.fields), remedy=fault.remedy) from fault

    return telling()


def _told(taken: Any) -> str:
    manifest = taken.manifest
    lines = [
        f"{manifest['register']}: {manifest['rows']} rows in {len(manifest['files'])} files, {taken.folder}",
        f"position: {manifest['position']}",
    ]
    if taken.left_out:
        lines.append(f"left out, not open to whom it is for: {', '.join(taken.left_out)}")
    if manifest["is_synthetic"]:
        lines.append(f"synthetic rows: {manifest['synthetic_rows']}")
    return "\n".join(lines)


@snapshot.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", "key_id", default="", help="Id of the key that must have signed. Default: a key of this node.")
@AS_JSON
@click.pass_context
def verify(ctx: click.Context, folder: Path, key_id: str, as_json: bool) -> None:
    """Check FOLDER against its manifest: the signature, and the digest of every file."""
    with speaking(ctx):
        from zhengtong.resources.registers import services

        found = services.check_snapshot(folder, key_id=key_id)
        said = {
            "ok": found.is_good, "register": found.manifest["register"], "rows": found.manifest["rows"],
            "signer": found.signer, "signer_known": found.is_known, "faults": [str(one) for one in found.faults],
        }  # fmt: skip
        words = "{register}: {rows} rows, signed by {signer}, ok={ok}, signer known={signer_known}".format(**said)
        click.echo(json.dumps(said, ensure_ascii=False) if as_json else "\n".join([words, *said["faults"]]))
    ctx.exit(0 if found.is_good else 1)
