"""`zt audit`: verify, seal and read the accountability log."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import click

from zhengtong.config.cli import django_setup
from zhengtong.config.cli._following import consistency, tiles

SOUND, DAMAGED, UNCHECKED = 0, 1, 2  # exit codes
_lang = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="ZT_LANG", show_default=True)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
@click.pass_context
def command(ctx: click.Context) -> None:
    """Verify, seal, read and follow the accountability log."""
    if ctx.invoked_subcommand != "tiles":  # another node's log is followed without a database of one's own
        django_setup()


command.add_command(tiles)
command.add_command(consistency)


@command.command()
@_json
@_lang
def verify(as_json: bool, lang: str) -> None:
    """Re-compute the whole log. Exit code 0: sound; 1: something was changed; 2: it could not be checked."""
    from django.db import DatabaseError

    from zhengtong.kernel.errors import ZhengtongError
    from zhengtong.security.audit import services

    try:
        report = services.verify()
    except (ZhengtongError, DatabaseError) as fault:
        _give_up(fault)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _tell(report, lang)
    raise SystemExit(SOUND if report.ok else DAMAGED)


def _tell(report: Any, lang: str) -> None:
    counts = (report.entries, report.checkpoints)
    if lang == "en":
        click.echo("{} sealed entries under {} checkpoints were re-computed.".format(*counts))
        click.echo(
            f"{report.tail} entries are not sealed yet" + (f", since {report.tail_since}" * bool(report.tail)) + "."
        )
    else:
        click.echo("已重新计算 {} 条封存记录、{} 个检查点。".format(*counts))
        click.echo(f"尚未封存的记录 {report.tail} 条" + (f"，最早于 {report.tail_since}" * bool(report.tail)) + "。")
    if report.kept_outside is None:
        english = "No checkpoint kept outside the database was there to compare with: a log cut short would not show."
        click.echo(english if lang == "en" else "库外没有可供比对的检查点：日志若被截短，无从发现。")
    for fault in report.faults:
        click.echo(f"✗ {fault.words[lang]}", err=True)
    if report.ok:
        click.echo("The log is sound." if lang == "en" else "日志完好。")


@command.command()
@_json
def seal(as_json: bool) -> None:
    """Seal what is waiting, sign a checkpoint, keep it outside the database."""
    from zhengtong.kernel import clock
    from zhengtong.security.audit import services

    try:
        checkpoint = services.seal(at=clock.now())
        kept = services.anchor(checkpoint) if checkpoint else None
    except services.LogDamaged as fault:
        raise click.ClickException(f"{fault}. Run: zt audit verify") from fault
    if as_json:
        click.echo(json.dumps({"entries": checkpoint.tree_size if checkpoint else None, "kept_in": kept and str(kept)}))
    else:
        click.echo(checkpoint.note if checkpoint else "nothing to seal")


@command.command()
@click.argument("urn")
@click.option("--limit", default=50, show_default=True)
@_json
@_lang
def show(urn: str, limit: int, as_json: bool, lang: str) -> None:
    """What was done to the object of this URN, the newest first."""
    from zhengtong.kernel.texts import localised
    from zhengtong.security.audit import providers, queries

    entries = queries.list_for_object(urn, limit=limit)
    if as_json:
        click.echo(json.dumps([_as_json(entry) for entry in entries], ensure_ascii=False, indent=2))
        return
    for entry in entries:
        title = localised(providers.ACTIONS.find(entry.action), lang) or entry.action
        click.echo(f"{entry.at.isoformat()}  {title}  {entry.outcome}  {entry.actor_urn}  {entry.uuid}")


def _as_json(entry: Any) -> dict[str, Any]:
    names = (
        "action",
        "outcome",
        "actor_urn",
        "on_behalf_urn",
        "capacity",
        "object_urn",
        "case_urn",
        "purpose",
        "detail",
    )
    moments = {"at": entry.at.isoformat(), "recorded_at": entry.recorded_at.isoformat()}
    return {"uuid": str(entry.uuid)} | moments | {name: getattr(entry, name) for name in names}


@command.command()
@_json
@click.option("--vkey", is_flag=True, help="Print the log's keys as C2SP verifier keys, for other programs.")
def keys(as_json: bool, vkey: bool) -> None:
    """The node's public keys, for `zt receipt verify --key` and openssl, with their fingerprints."""
    from zhengtong.kernel.errors import ZhengtongError
    from zhengtong.security.crypto import services as crypto

    try:
        found = crypto.public_keys()
    except ZhengtongError as fault:
        _give_up(fault)
    if vkey:
        from zhengtong.security.audit import services

        click.echo("\n".join(services.verifier_keys()))
        return
    rows = [
        {"key_id": key.key_id, "algorithm": key.algorithm, "fingerprint": crypto.fingerprint(key.raw),
         "pem": crypto.as_pem(key.raw), "retired_at": key.retired_at and key.retired_at.isoformat()}
        for key in found
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    for row in [] if as_json else rows:
        click.echo(f"# {row['key_id']} {row['algorithm']} SHA-256 {row['fingerprint']}\n{row['pem']}", nl=False)


def _give_up(fault: Exception) -> NoReturn:
    click.echo(str(getattr(fault, "message", fault)), err=True)
    if remedy := getattr(fault, "remedy", ""):
        click.echo(str(remedy), err=True)
    raise SystemExit(UNCHECKED)
