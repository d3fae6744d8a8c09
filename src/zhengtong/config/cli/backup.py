"""`zt backup`: take a backup, list and verify what lies in the store, archive the log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from zhengtong.config.node.backup.catalogue import Backup
    from zhengtong.config.node.backup.checking import Finding
    from zhengtong.config.node.backup.vault import Vault

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_lang = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="ZT_LANG", show_default=True)
_store = click.option(
    "--store", default="", envvar="ZT_BACKUP_TO", help="Where backups lie: a folder, or s3://bucket/prefix."
)


@click.group(invoke_without_command=True)
@_store
@click.option("--keep", type=click.IntRange(1), envvar="ZT_BACKUP_KEEP", help="Remove all but the newest so many.")
@_json
@_lang
@click.pass_context
def command(ctx: click.Context, store: str, keep: int | None, as_json: bool, lang: str) -> None:
    """Take a backup of the node: database, files, pictures, checkpoints, sealed under the node key.

    The node goes on working. Keys are not part of it: keep the node key, or its shares, apart.
    """
    if ctx.invoked_subcommand:
        return
    from zhengtong.config.node.backup import base, record, retention
    from zhengtong.config.node.backup.source import source
    from zhengtong.config.node.progress import step, step_aside

    step_aside(as_json)
    vault, node, at = open_vault(store), source(), datetime.now(UTC)
    with base.alone():
        with step("备份 backup"):
            taken = base.take(node, vault, at=at)
        gone = retention.prune(vault, node.system, keep=keep, at=at) if keep else []
    record.backup_taken(taken, vault.store.where)
    if as_json:
        click.echo(json.dumps({**taken.facts(), "removed": gone}, ensure_ascii=False, indent=2))
        return
    zh = f"备份 {taken.id} 已存入 {vault.store.where}：数据库 {_size(taken.size)}，文件 {taken.files} 个。"
    en = f"Backup {taken.id} lies in {vault.store.where}: database {_size(taken.size)}, {taken.files} files."
    if gone:
        zh, en = f"{zh}\n已删除旧备份：{' '.join(gone)}", f"{en}\nRemoved: {' '.join(gone)}"
    click.echo(zh if lang == "zh" else en)


@command.command("list")
@_store
@_json
@_lang
def list_(store: str, as_json: bool, lang: str) -> None:
    """List the backups in the store and until when the archived log reaches. Exit status 1: one cannot be read."""
    from zhengtong.config.node.backup import catalogue

    vault = open_vault(store)
    found, faults = catalogue.survey(vault)
    until = {system: _newest_log(vault, system) for system in {b.system for b in found}}
    if as_json:
        rows = [{**b.facts(), "log_until": until[b.system]} for b in found]
        click.echo(json.dumps({"backups": rows, "faults": [str(f) for f in faults]}, ensure_ascii=False, indent=2))
    else:
        _tell_list(found, until, lang)
        for fault in faults:
            click.echo(f"✗ {fault}")
    raise SystemExit(1 if faults else 0)


@command.command()
@click.argument("ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every backup; else the newest.")
@_store
@_json
@_lang
def verify(ids: tuple[str, ...], every: bool, store: str, as_json: bool, lang: str) -> None:
    """Open every piece of backups (IDS, else the newest) and read it to its end. Exit status 1: something is wrong."""
    from zhengtong.config.node.backup import catalogue, checking

    vault = open_vault(store)
    chosen = [catalogue.choose(vault, wanted=i) for i in ids] or (
        catalogue.backups(vault) if every else [catalogue.choose(vault)]
    )
    findings = [checking.check(vault, backup) for backup in chosen]
    if as_json:
        click.echo(json.dumps([_as_json(f) for f in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            _tell_finding(finding, lang)
    raise SystemExit(0 if all(f.ok for f in findings) else 1)


@command.command()
@_store
def archive(store: str) -> None:
    """Ship the log every ZT_BACKUP_EVERY seconds and take a backup when one is due. `zt up` runs it; Ctrl-C ends it."""
    import signal

    from zhengtong.config.node.backup.archive import Keeper
    from zhengtong.config.node.backup.plan import plan
    from zhengtong.config.node.backup.source import source

    vault = open_vault(store)
    keeper = Keeper(source(), vault, plan())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: keeper.stop.set())
    keeper.run()


@command.command()
@_store
@_json
@_lang
def adopt(store: str, as_json: bool, lang: str) -> None:
    """Declare a restored home to be the node from now on: from here it ships its log and takes backups again.

    Only once the old node is off for good: two nodes that write to one store spoil each other's backups. Of several
    copies of the same log one is adopted in a store, the first; the others are refused.
    """
    from zhengtong.config.node import home
    from zhengtong.config.node.backup import adoption
    from zhengtong.config.node.backup.source import source

    home.prepare()
    backup_id = adoption.restored_from()
    if backup_id and store:
        adoption.claim(source(), open_vault(store))
    adoption.adopt()
    if as_json:
        click.echo(json.dumps({"adopted": bool(backup_id), "backup": backup_id}, ensure_ascii=False))
        return
    zh = "此目录已是正式节点：日志继续归档，并立即做一次备份。" if backup_id else "此目录不是恢复所得，无需接管。"
    en = (
        "This home is the node now: its log is archived and a base is taken at once."
        if backup_id
        else "This home was not restored: there is nothing to adopt."
    )
    click.echo(zh if lang == "zh" else en)


def open_vault(store: str, extra: Iterable[bytes] = ()) -> Vault:
    """The store under the node's keys. Raises BackupFault."""
    from zhengtong.config.node import attach
    from zhengtong.config.node.backup.opening import open_store
    from zhengtong.config.node.backup.vault import Vault, node_keys

    attach.recall()
    return Vault(open_store(store), node_keys(extra))


def read_key_file(path: Path) -> bytes:
    """Raises BackupFault."""
    from zhengtong.config.node.backup.faults import BackupFault
    from zhengtong.security.crypto.wire import read_key

    try:
        return read_key(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as fault:
        raise BackupFault(f"{path}: {fault}.") from fault


def _newest_log(vault: Vault, system: str) -> str:
    from zhengtong.config.node.backup import catalogue

    newest = max(catalogue.log_pieces(vault.store, system).values(), default=None)
    return newest.isoformat(timespec="seconds") if newest else ""


def _tell_list(found: list[Backup], until: dict[str, str], lang: str) -> None:
    if not found:
        click.echo("没有备份。" if lang == "zh" else "There is no backup.")
    for backup in found:
        files = f"{backup.files} 个文件" if lang == "zh" else f"{backup.files} files"
        times = f"{backup.finished_at:.19}Z → {until[backup.system] or '-'}"
        click.echo(f"{backup.id}  {backup.node}  {times}  {_size(backup.stored)}  {files}  key {backup.key}")


def _tell_finding(finding: Finding, lang: str) -> None:
    counts = (finding.backup.id, finding.pieces, _size(finding.bytes), finding.until)
    zh, en = "{}：已读 {} 块，{}，日志连续至 {}。", "{}: {} pieces read, {}, the log follows up to {}."
    click.echo((zh if lang == "zh" else en).format(*counts))
    for fault in finding.faults:
        click.echo(f"✗ {fault}")
    if finding.ok:
        click.echo("✓ 完整" if lang == "zh" else "✓ whole")


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "backup": finding.backup.id, "ok": finding.ok, "pieces": finding.pieces, "bytes": finding.bytes,
        "log_until": finding.until, "faults": finding.faults,
    }  # fmt: skip


def _size(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
