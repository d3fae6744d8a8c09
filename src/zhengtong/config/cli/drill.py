"""`zt drill`: rehearse the restore and prove that it gives the same node."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zhengtong.config.node.backup.drill import Rehearsal


@click.command()
@click.option("--store", default="", envvar="ZT_BACKUP_TO", help="Where backups lie: a folder, or s3://bucket/prefix.")
@click.option("--in", "inside", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Folder with room for a second copy of the node.  [default: run in ZT_HOME]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="ZT_LANG", show_default=True)
def command(store: str, inside: Path | None, as_json: bool, lang: str) -> None:
    """Bring the newest backup back elsewhere on this machine, examine it, and compare it with the node row by row.

    The node goes on working; writers wait some milliseconds, once. Exit status 1: the node would not come back whole.
    """
    from zhengtong.config.cli.backup import open_vault
    from zhengtong.config.node.backup import record
    from zhengtong.config.node.backup.drill import drill
    from zhengtong.config.node.backup.source import source
    from zhengtong.config.node.progress import step_aside

    step_aside(as_json)
    vault = open_vault(store)
    found = drill(source(), vault, at=datetime.now(UTC), inside=inside)
    record.drilled(found)
    if as_json:
        click.echo(json.dumps({**asdict(found), "ok": found.ok}, ensure_ascii=False, indent=2))
    else:
        _tell(found, lang)
    raise SystemExit(0 if found.ok else 1)


def _tell(found: Rehearsal, lang: str) -> None:
    zh = (
        f"备份 {found.backup}（{found.size / 1e6:.1f} MB）用 {found.seconds} 秒恢复：{found.tables} 张表、"
        f"{found.rows} 行、{found.files} 个文件；日志 {found.entries} 条，根哈希 {found.root}。"
    )
    en = (
        f"Backup {found.backup} ({found.size / 1e6:.1f} MB) came back in {found.seconds} s: {found.tables} tables, "
        f"{found.rows} rows, {found.files} files; log of {found.entries} entries, root {found.root}."
    )
    click.echo(zh if lang == "zh" else en)
    for fault in found.faults:
        click.echo(f"✗ {fault}")
    if found.ok:
        same = "与源节点逐行一致" if lang == "zh" else "the same as the node, row by row"
        click.echo(f"✓ {same} ({', '.join(found.checks)})")
