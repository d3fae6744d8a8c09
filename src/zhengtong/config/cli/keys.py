"""`zt keys`: the node's keys: list, rotate, follow the renewal, split, recover, destroy, change the node key."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from zhengtong.config.cli import django_setup

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_lang = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="ZT_LANG", show_default=True)


@click.group()
def command() -> None:
    """Look after the node's keys. What is done stands in the accountability log."""
    django_setup()


@command.command("list")
@_json
def list_(as_json: bool) -> None:
    """List every version of every key, without secrets."""
    from zhengtong.security.crypto import services as crypto
    from zhengtong.security.signing import queries

    rows = [
        {
            "purpose": row.purpose, "version": row.version, "algorithm": row.algorithm, "state": row.state,
            "key_id": row.key_id, "provider": row.provider, "created_at": row.created_at.isoformat(),
            "fingerprint": crypto.fingerprint(bytes(row.public)) if row.public else None,
        }
        for row in queries.list_keys()
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for facts in rows:
        click.echo("{purpose:<14} v{version:<3} {algorithm:<13} {state:<10} {key_id}  {created_at:.19}".format(**facts))


@command.command()
@click.argument("purpose", type=click.Choice(["signing", "data", "index", "oidc"]))
@_json
@_lang
def rotate(purpose: str, as_json: bool, lang: str) -> None:
    """Let a new version of a key work; the node does not stop. What lies under the old one is renewed by the worker."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import services

    services.rotate_key(actor=_operator(), purpose=purpose, at=clock.now())
    zh = f"密钥 {purpose} 已轮换，各进程一分钟内改用新密钥。"
    _say(as_json, lang, {"rotated": purpose}, zh, f"{purpose} was rotated; every process uses the new key in a minute.")


@command.command()
@_json
@_lang
def progress(as_json: bool, lang: str) -> None:
    """Show how far the renewal after a rotation is. Exit code 1: something is still to do or was left behind."""
    from zhengtong.security.signing import queries

    rows = queries.list_progress()
    is_done = all(row.is_finished and not row.failed for row in rows)
    if as_json:
        columns = [
            {"key": row.key, "seen": row.seen, "total": row.total, "failed": row.failed, "finished": row.is_finished}
            for row in rows
        ]
        click.echo(json.dumps({"finished": is_done, "columns": columns}, ensure_ascii=False))
    elif not rows:
        click.echo("从未轮换，无须重新加密。" if lang == "zh" else "Nothing was rotated: nothing has to be renewed.")
    for row in [] if as_json else rows:
        mark = "✓" if row.is_finished else "…"
        left = f"  ✗ {row.failed}" if row.failed else ""
        click.echo(f"{mark} {row.label[lang]}  {row.seen} / {max(row.total, row.seen)}{left}")
    raise SystemExit(0 if is_done else 1)


@command.command()
@click.option("--needed", default=2, show_default=True, help="Shares that give the key back.")
@click.option("--total", default=3, show_default=True, help="Shares to make, one for each person.")
@_json
@_lang
def split(needed: int, total: int, as_json: bool, lang: str) -> None:
    """Split the node key into shares for recovery. They are shown once: give each to another person."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import services

    shares = services.split_node_key(actor=_operator(), needed=needed, total=total, at=clock.now())
    if as_json:
        click.echo(json.dumps({"needed": needed, "shares": shares}))
        return
    zh = f"任意 {needed} 份可恢复节点主密钥。每份交给不同的人，不要存放在本机："
    en = f"Any {needed} give the node key back. Give each to another person; keep none on this machine:"
    click.echo(zh if lang == "zh" else en)
    for share in shares:
        click.echo(share)


@command.command()
@click.argument("shares", nargs=-1)
@click.option("--drill", is_flag=True, help="Only show that the shares open this node's keys; write nothing.")
@_json
@_lang
def recover(shares: tuple[str, ...], drill: bool, as_json: bool, lang: str) -> None:
    """Put the node key's file back from its SHARES; without arguments they are read from the terminal, line by line."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import services

    texts = list(shares) or [line for line in sys.stdin if line.strip()]
    name, path = services.recover_node_key(actor=_operator(), shares=texts, is_drill=drill, at=clock.now())
    where = str(path) if path else None
    zh = f"节点主密钥 {name} 已写入 {where}" if where else f"演练成功：分片可恢复节点主密钥 {name}，未写入任何文件。"
    en = (
        f"Node key {name} was written to {where}"
        if where
        else f"The shares give node key {name} back. Nothing written."
    )
    _say(as_json, lang, {"node_key": name, "written_to": where, "drill": drill}, zh, en)


@command.command()
@click.argument("purpose")
@click.argument("version", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json
@_lang
def destroy(purpose: str, version: int, yes: bool, as_json: bool, lang: str) -> None:
    """Erase the secret of a retired version for ever. Refused while anything still lies under it."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import services

    if not yes:
        click.confirm("销毁后无法恢复，继续？" if lang == "zh" else "It cannot be undone. Go on?", abort=True)
    services.destroy_key(actor=_operator(), purpose=purpose, version=version, at=clock.now())
    told = {"destroyed": {"purpose": purpose, "version": version}}
    _say(as_json, lang, told, f"已销毁 {purpose} 第 {version} 版。", f"{purpose} version {version} was destroyed.")


@command.command()
@_json
@_lang
def rewrap(as_json: bool, lang: str) -> None:
    """Change the node key: wrap every key by a new one, made here or taken from ZT_NODE_KEY_NEXT."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import services

    done = services.rewrap_keys(actor=_operator(), at=clock.now())
    aside = str(done.put_aside) if done.put_aside else None
    zh = f"{done.keys} 个密钥改由新的节点主密钥 {done.new} 包装。请重新拆分并分发恢复分片。"
    en = f"{done.keys} keys are wrapped by the new node key {done.new}. Split it anew and give out the shares."
    if aside:
        zh += f"\n旧密钥 {done.old} 移至 {aside}：此前的备份仍需要它。"
        en += f"\nThe former key {done.old} lies in {aside}: earlier backups need it."
    else:
        zh += "\n现在请把各进程的 ZT_NODE_KEY 换成新密钥，并去掉 ZT_NODE_KEY_NEXT。"
        en += "\nNow put the new key into ZT_NODE_KEY of every process, and drop ZT_NODE_KEY_NEXT."
    _say(as_json, lang, {"old": done.old, "new": done.new, "keys": done.keys, "put_aside": aside}, zh, en)


def _operator() -> Any:
    from zhengtong.kernel.actors import system_actor

    return system_actor("operator")


def _say(as_json: bool, lang: str, facts: dict[str, Any], zh: str, en: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else zh if lang == "zh" else en)
