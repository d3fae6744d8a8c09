"""`zt witness`: watch other nodes' logs, so that none can show two histories or take one back."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from zhengtong.config.cli import django_setup

SOUND, CONTRADICTED, UNCHECKED = 0, 1, 2  # exit codes
_WORDS = {
    "": ("一致", "consistent"),
    "forked": ("历史被改写（两种不同的历史）", "history was rewritten: there are two different ones"),
    "rolled-back": ("日志被截断或回退", "the log was rolled back"),
    "signature": ("检查点没有该日志公钥的有效签名", "the checkpoint is not validly signed by the log's keys"),
    "tile": ("哈希块与签名的检查点不符", "its tiles do not fit its signed checkpoint"),
}
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_lang = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="ZT_LANG", show_default=True)


@click.group()
def command() -> None:
    """Witness other nodes' logs: keep what was seen, have growth proved, cosign it."""
    django_setup()


@command.command()
@click.argument("url")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="Its verifier keys: zt audit keys --vkey.")
def add(url: str, key: Path) -> None:
    """Watch the log at URL (https://…/log) from now on. Prints this node's key as a witness."""
    from zhengtong.kernel import clock
    from zhengtong.kernel.actors import system_actor
    from zhengtong.security.audit import services

    try:
        keys = [line.strip() for line in key.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as fault:
        raise click.ClickException(f"{key}: {fault}") from fault
    log = services.watch(actor=system_actor("terminal"), url=url, keys=keys, at=clock.now())
    click.echo(f"{log.origin} {log.url}\n{services.witness_key()}")


@command.command("list")
@_json
@_lang
def list_(as_json: bool, lang: str) -> None:
    """What is watched, and what was last seen of it."""
    from zhengtong.security.audit import queries

    _tell([(log, "") for log in queries.list_witnessed()], as_json, lang)


@command.command()
@click.option("--every", type=click.IntRange(5, 86_400), help="Go on, every so many seconds.")
@_json
@_lang
def run(every: int | None, as_json: bool, lang: str) -> None:
    """Look at every watched log now. (The worker does so each minute.)

    Exit code 0: all only grew; 1: one contradicts what was seen; 2: one could not be reached.
    """
    from zhengtong.kernel import clock
    from zhengtong.security.audit import services

    while True:
        outcome = services.observe_all(at=clock.now())
        _tell(outcome, as_json, lang)
        if not every:
            break
        time.sleep(every)
    if any(log.fault for log, _ in outcome):
        raise SystemExit(CONTRADICTED)
    raise SystemExit(UNCHECKED if any(reason for _, reason in outcome) else SOUND)


def _tell(outcome: list[tuple[Any, str]], as_json: bool, lang: str) -> None:
    if as_json:
        click.echo(json.dumps([_row(log, reason) for log, reason in outcome], ensure_ascii=False, indent=2))
        return
    for log, reason in outcome:
        mark = "✗" if log.fault else "?" if reason else "✓"
        click.echo(f"{mark} {log.origin} {log.tree_size}: {reason or _WORDS[log.fault][lang == 'en']}")


def _row(log: Any, reason: str) -> dict[str, Any]:
    moments = {
        name: value and value.isoformat() for name, value in (("seen_at", log.seen_at), ("found_at", log.found_at))
    }
    texts = {name: getattr(log, name) for name in ("origin", "url", "fault", "evidence", "note")}
    return texts | moments | {"entries": log.tree_size, "unreachable": reason}
