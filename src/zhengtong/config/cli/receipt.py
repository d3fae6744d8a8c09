"""`zt receipt verify FILE`: check a receipt, or an export of many, without server, database or Django."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zhengtong.security.audit import wire

VALID, INVALID, UNUSABLE = 0, 1, 2  # exit codes
_FAULTS = {
    "statement": ("明文内容与签署的内容不一致", "the statement shown is not the one that was signed"),
    "detail": ("公开的明细与签署的摘要不一致", "the disclosed detail does not match the signed digest"),
    "signature": ("节点签名无效", "the node's signature is not valid"),
    "proof": ("包含证明不成立：记录不在所述的日志中", "the inclusion proof fails: the entry is not in that log"),
    "checkpoint": ("检查点签名无效", "the checkpoint is not validly signed"),
}
_ROWS = [
    ("action", "行为", "act"),
    ("outcome", "结果", "outcome"),
    ("at", "时间", "at"),
    ("recorded_at", "入库时间", "recorded at"),
    ("object", "对象", "object"),
    ("case", "办件", "case"),
    ("actor", "行为人", "actor"),
    ("on_behalf", "代表", "on behalf of"),
    ("capacity", "身份", "capacity"),
]


@click.group()
def command() -> None:
    """Verify receipts, without a server."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="PEM file of the node's public keys, got from the node.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="ZT_LANG", show_default=True)
def verify(file: Path, key: Path | None, as_json: bool, lang: str) -> None:
    """Check a receipt, or each line of a .jsonl file. Exit code 0: valid; 1: not valid; 2: cannot be read."""
    try:
        text, keys = file.read_text(encoding="utf-8"), _keys(key) if key else None
        if file.suffix == ".jsonl":
            raise SystemExit(_verify_lines(text, keys, as_json, lang == "en"))
        verdict = wire.verify(json.loads(text), keys)
    except (OSError, ValueError, RecursionError) as fault:
        _give_up(str(fault), as_json, lang)
    if as_json:
        click.echo(json.dumps(_as_json(verdict), ensure_ascii=False, indent=2))
    else:
        for line in _lines(verdict, lang == "en"):
            click.echo(line)
    raise SystemExit(VALID if verdict.ok else INVALID)


def _verify_lines(text: str, keys: list[bytes] | None, as_json: bool, english: bool) -> int:
    """Every receipt of an export; those that do not hold are named by their line."""
    verdicts = {
        number: wire.verify(json.loads(line), keys) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    }
    if not verdicts:
        raise ValueError("no receipt in it" if english else "文件里没有回执")
    wrong = {number: verdict.faults for number, verdict in verdicts.items() if not verdict.ok}
    told = {"receipts": len(verdicts), "sealed": sum(verdict.sealed for verdict in verdicts.values()), "wrong": wrong}
    if as_json:
        click.echo(json.dumps({"ok": not wrong} | told, ensure_ascii=False, indent=2))
        return INVALID if wrong else VALID
    line = "{receipts} receipts, {sealed} of them sealed" if english else "回执 {receipts} 份，其中已封存 {sealed} 份"
    click.echo(line.format(**told))
    for number, faults in wrong.items():
        reasons = "; ".join(_FAULTS[fault][english] for fault in faults)
        click.echo(f"  ✗ {'line' if english else '第'} {number}{'' if english else ' 行'}: {reasons}")
    holds, fails = ("All are valid.", "NOT all are valid.") if english else ("全部有效。", "并非全部有效。")
    click.echo(fails if wrong else holds)
    return INVALID if wrong else VALID


def _keys(path: Path) -> list[bytes]:
    keys = wire.from_pem(path.read_text())
    if not keys:
        raise ValueError(f"{path}: no public key (PEM) in it")
    return keys


def _give_up(reason: str, as_json: bool, lang: str) -> None:
    if as_json:
        click.echo(json.dumps({"ok": False, "usable": False, "reason": reason}, ensure_ascii=False))
    else:
        click.echo(f"{'无法核验' if lang == 'zh' else 'Cannot be verified'}: {reason}", err=True)
    raise SystemExit(UNUSABLE)


def _as_json(verdict: wire.Verdict) -> dict[str, Any]:
    return {
        "ok": verdict.ok,
        "usable": True,
        "sealed": verdict.sealed,
        "trusted_key": verdict.trusted,
        "statement": verdict.statement,
        "detail": verdict.detail,
        "leaf_index": verdict.leaf_index,
        "tree_size": verdict.tree_size,
        "fingerprints": verdict.fingerprints,
        "faults": verdict.faults,
    }


def _lines(verdict: wire.Verdict, english: bool) -> list[str]:
    """What was signed, and nothing else: the caption a receipt carries beside it could have been written by anybody."""
    lines = [_verdict_line(verdict, english), ""]
    for name, chinese_label, english_label in _ROWS:
        if value := verdict.statement.get(name):
            lines.append(f"  {english_label if english else chinese_label}: {value}")
    for name, value in (verdict.detail or {}).items():
        lines.append(f"  · {name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    return [*lines, "", *_proven(verdict, english)]


def _verdict_line(verdict: wire.Verdict, english: bool) -> str:
    if not verdict.ok:
        return "The receipt is NOT valid." if english else "回执无效。"
    if verdict.sealed:
        return (
            "The receipt is valid: the entry stands in the node's log."
            if english
            else "回执有效：记录已封存于节点日志。"
        )
    return (
        "The receipt is valid as the node's promise; ask for the completed one to see it in the log."
        if english
        else "回执有效：节点已签名承诺；封存后可换取带包含证明的完整回执。"
    )


def _proven(verdict: wire.Verdict, english: bool) -> list[str]:
    lines = [f"  ✗ {_FAULTS[fault][english]}" for fault in verdict.faults]
    if "signature" not in verdict.faults:
        lines.append("  ✓ the node signed this statement" if english else "  ✓ 节点签署了上述内容")
    if verdict.detail is not None:
        lines.append("  ✓ the detail (·) is part of it" if english else "  ✓ 明细（·）是其中的一部分")
    if verdict.sealed:
        place = (verdict.leaf_index, verdict.tree_size)
        lines.append(
            "  ✓ it is leaf {} of a log of {} entries with a signed checkpoint".format(*place)
            if english
            else "  ✓ 它是日志的第 {} 号叶子，日志共 {} 条，检查点签名有效".format(*place)
        )
    lines += [f"  {'key fingerprint' if english else '密钥指纹'} SHA-256: {value}" for value in verdict.fingerprints]
    if not verdict.trusted and verdict.fingerprints:
        lines.append(
            "  The key came with the receipt: compare its fingerprint with the one the node publishes, or give --key."
            if english
            else "  密钥取自回执本身：请与该节点公布的指纹核对，或用 --key 指定公钥文件。"
        )
    return lines
