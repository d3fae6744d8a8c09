"""`zt audit tiles verify`, `zt audit consistency`: the log followed from outside, and proofs that it only grew."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import NoReturn

import click

from zhengtong.security.audit import wire

SOUND, DAMAGED, UNCHECKED = 0, 1, 2  # exit codes
_WORDS = {
    "signature": ("没有所给公钥的有效签名", "not validly signed by the given key"),
    "older": ("以前保存的检查点不是这个日志的，或签名无效", "the kept checkpoint is not this log's or not signed"),
    "tile": ("哈希块与叶子重新计算的结果不符", "the tile differs from what its leaves give"),
    "root": ("检查点的根与哈希块重新计算的结果不符", "the checkpoint's root differs from what the tiles give"),
    "rolled-back": ("日志被截断", "the log was rolled back"),
    "forked": ("历史被改写（两种不同的历史）", "history was rewritten: there are two different ones"),
}  # fmt: skip
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_lang = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="ZT_LANG", show_default=True)


@click.group()
def tiles() -> None:
    """Follow a log over the web, from its published tiles alone."""


@tiles.command()
@click.argument("url")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="The log's public keys: PEM or vkey.")
@click.option("--older", multiple=True, type=click.Path(path_type=Path), help="A checkpoint kept from before.")
@click.option("--keep", type=click.Path(path_type=Path), help="Write the verified checkpoint to this file.")
@_json
@_lang
def verify(  # noqa: PLR0917
    url: str, key: Path, older: tuple[Path, ...], keep: Path | None, as_json: bool, lang: str
) -> None:
    """Compute the whole tree of the log at URL (https://…/log) again. Needs no database.

    Exit code 0: sound; 1: it contradicts itself, its signature or an older checkpoint; 2: it could not be checked.
    """
    try:
        kept = [wire.note.read(path.read_text(encoding="utf-8")) for path in older]
        found = wire.follow(wire.fetcher(url), wire.read_keys(key.read_text(encoding="utf-8")), kept)
    except (OSError, ValueError) as fault:
        _give_up(fault)
    if keep and found.ok:
        keep.write_text(found.checkpoint, encoding="utf-8")
    if as_json:
        facts = {"ok": found.ok, "origin": found.origin, "entries": found.size, "tiles": found.tiles}
        faults = [{"kind": kind, "where": where} for kind, where in found.faults]
        click.echo(json.dumps(facts | {"root": found.root.hex(), "faults": faults}, ensure_ascii=False, indent=2))
    else:
        _tell(found, lang)
    raise SystemExit(SOUND if found.ok else DAMAGED)


def _tell(found: wire.Followed, lang: str) -> None:
    is_english = lang == "en"
    for kind, where in found.faults:
        click.echo(f"✗ {_WORDS[kind][is_english]}: {where}", err=True)
    counts = (found.origin, found.size, found.tiles)
    if found.ok and is_english:
        click.echo("{}: {} entries, {} tiles re-computed. The log is sound.".format(*counts))
    elif found.ok:
        click.echo("{}：{} 条记录，已重新计算 {} 个哈希块。日志完好。".format(*counts))


@click.command()
@click.argument("old")
@click.argument("new")
@_json
@_lang
def consistency(old: str, new: str, as_json: bool, lang: str) -> None:
    """Prove that the log of OLD entries is the beginning of that of NEW (RFC 6962).

    Each is a number of entries or a file with a checkpoint, whose root is then compared.
    Exit code 0: consistent; 1: history was rewritten; 2: it could not be checked.
    """
    from django.db import DatabaseError

    from zhengtong.security.audit import services

    try:
        heads = [_head(old), _head(new)]
        proof = services.prove_consistency(*(size for size, _ in heads))
    except (OSError, ValueError, DatabaseError, services.LogDamaged) as fault:
        _give_up(fault)
    changed = [
        size
        for (size, root), own in zip(heads, (proof.old_root, proof.new_root), strict=True)
        if root not in {None, own}
    ]
    is_good = not changed and proof.holds
    if as_json:
        click.echo(json.dumps({"ok": is_good, "contradicted": changed} | proof.as_json(), indent=2))
    elif is_good:
        told = "\n".join(base64.b64encode(step).decode() for step in proof.path)
        click.echo(told or ("（无需证明）" if lang == "zh" else "(no proof is needed)"))
    else:
        told = ", ".join(map(str, changed)) or f"{heads[0][0]}, {heads[1][0]}"
        click.echo(f"✗ {_WORDS['forked'][lang == 'en']}: {told}", err=True)
    raise SystemExit(SOUND if is_good else DAMAGED)


def _head(given: str) -> tuple[int, bytes | None]:
    """(size, root) of a checkpoint in a file, (size, None) of a number."""
    if given.isdecimal():
        return int(given), None
    head = wire.note.read(Path(given).read_text(encoding="utf-8"))
    return head.size, head.root


def _give_up(fault: Exception) -> NoReturn:
    click.echo(str(fault), err=True)
    raise SystemExit(UNCHECKED)
