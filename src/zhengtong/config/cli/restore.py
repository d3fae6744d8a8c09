"""`zt restore`: a node from a backup, into an empty home."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zhengtong.config.node.backup.restore import Restored


@click.command()
@click.option("--store", default="", envvar="ZT_BACKUP_TO", help="Where backups lie: a folder, or s3://bucket/prefix.")
@click.option("--to", "moment", help="Bring back the state of this moment (ISO 8601; without a zone: Asia/Shanghai).")
@click.option("--backup", "wanted", default="", help="Begin from this one of `zt backup list`.")
@click.option("--timeline", type=click.IntRange(1), help="Follow this timeline of the log (a number of its "
              "history files), not the newest that goes on from the backup.")  # fmt: skip
@click.option("--wal", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A folder with newer log: "
              "ZT_BACKUP_MIRROR, or pg_wal of the dead node.")  # fmt: skip
@click.option("--key-file", type=click.Path(path_type=Path), help="The node key, where keys/node.key is lost.")
@click.option("--shares", is_flag=True, help="Read shares of the node key from the terminal, one a line.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="ZT_LANG", show_default=True)
def command(
    *, store: str, moment: str | None, wanted: str, timeline: int | None, wal: Path | None, key_file: Path | None,
    shares: bool, as_json: bool, lang: str,
) -> None:  # fmt: skip
    """Bring a node back into ZT_HOME, which must hold no data. Without --to: all there is.

    Exit status 1: nothing was brought back, and why; 4: everything was, but for some files, which are named.
    """
    from zhengtong.config.cli.backup import open_vault
    from zhengtong.config.node.backup import catalogue
    from zhengtong.config.node.backup.restore import Target, restore
    from zhengtong.config.node.progress import step_aside

    step_aside(as_json)
    keys = _given_keys(key_file, shares)
    vault = open_vault(store, keys)
    to = _moment(moment) if moment else None
    backup = catalogue.choose(vault, wanted=wanted, to=to, timeline=timeline or 0)
    restored = restore(vault, backup, Target(to, timeline=timeline or 0), extra=wal)
    _keep_key(keys)
    _record(restored)
    _tell(restored, as_json, lang)
    raise SystemExit(4 if restored.lost else 0)


def _given_keys(key_file: Path | None, shares: bool) -> list[bytes]:
    from zhengtong.config.cli.backup import read_key_file
    from zhengtong.config.node.backup.faults import BackupFault
    from zhengtong.security.crypto.wire import from_shares

    keys = [read_key_file(key_file)] if key_file else []
    if shares:
        try:
            keys.append(from_shares([line for line in sys.stdin if line.strip()]))
        except ValueError as fault:
            raise BackupFault(f"The shares do not give the node key: {fault}.") from fault
    return keys


def _keep_key(keys: list[bytes]) -> None:
    """A key that was given by hand is put where the node looks for it, unless one is there."""
    from zhengtong.config.node.backup.vault import key_file, write_key

    if keys and not os.environ.get("ZT_NODE_KEY") and not key_file().exists():
        write_key(keys[0])


def _moment(text: str) -> datetime:
    from zoneinfo import ZoneInfo

    from zhengtong.config.node.backup.faults import BackupFault

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BackupFault(f"--to {text}: give a moment such as 2026-11-22T14:30:00.") from fault
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    if moment > datetime.now(UTC):
        raise BackupFault(f"--to {text} lies in the future; leave it out to bring back all there is.")
    return moment


def _record(restored: Restored) -> None:
    """The restored node's log tells what happened to it."""
    from zhengtong.config.node.backup import record

    record.restored(restored)


def _tell(restored: Restored, as_json: bool, lang: str) -> None:
    reached = restored.reached.isoformat(timespec="seconds") if restored.reached else None
    if as_json:
        facts = {
            "backup": restored.backup.id, "reached": reached, "segments": restored.segments, "files": restored.files,
            "lost_files": restored.lost,
        }  # fmt: skip
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    zh = f"已由备份 {restored.backup.id} 恢复，最后一笔提交于 {reached or '-'}，文件 {restored.files} 个。"
    en = f"Restored from {restored.backup.id}; last commit at {reached or '-'}; {restored.files} files."
    click.echo(zh if lang == "zh" else en)
    for digest in restored.lost:
        click.echo(f"✗ {'文件缺失' if lang == 'zh' else 'file missing'}: {digest}")
    zh, en = (
        "现在运行 zt audit verify，然后 zt up 查看；确认由它接替原节点后运行 zt backup adopt，此前不会备份。",
        "Now run `zt audit verify`, then `zt up` and look. Nothing is backed up from here until `zt backup adopt` "
        "declares it the node.",
    )
    click.echo(zh if lang == "zh" else en)
