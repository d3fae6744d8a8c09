"""Entries of the log as an archive that proves itself: a table for people, and a receipt for each entry."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit import services as auditing
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.crypto import services as crypto
from zhengtong.security.permissions import services as permissions

MOST = 1000  # entries
_CUT = "，只是符合条件中最新的 the newest only, there are more"
_HEAD = (
    "叶子号 leaf", "入库时间 recorded at", "时间 at", "行为 act", "行为名称 act in words", "结果 outcome",
    "行为人 actor", "代表 on behalf of", "身份 capacity", "对象 object",
    "办件 case", "目的 purpose", "当事人 subjects", "明细 detail",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a table program would compute (CWE-1236)
_READ_ME = """\
责任认定记录导出 · Export of the accountability log
日志 log: {origin}
导出时间 exported at: {at}
条数 entries: {count}{cut}（尚未封存 not sealed yet: {unsealed}）
条件 criteria: {asked}

entries.csv     供阅读的表格，本身不是证据。 A table for reading; it proves nothing by itself.
receipts.jsonl  每行一份回执，与表格逐行对应，含签名、明细的盲化密钥与包含证明。
                One receipt a line, in the order of the table, signed, with its inclusion proof.
keys.pem        本节点的公钥；请与另行取得的公钥核对。 The node's keys; compare with a copy got another way.

核验 to verify:  zt receipt verify receipts.jsonl --key keys.pem
"""


@verb
def export(
    *, actor: Actor, criteria: audit.Criteria, asked: Mapping[str, str], entries: Sequence[Any], at: datetime
) -> bytes:
    """The archive (zip); of more than MOST entries the first, and it says so.

    One entry in the log says who took how many, and what was asked. Raises Denied.
    """
    permissions.require(actor, "workbench.log.export")
    given = {name: value for name, value in asked.items() if value}
    is_cut, entries = len(entries) > MOST, entries[:MOST]
    detail = {"criteria": given, "entries": len(entries), "more": is_cut}
    auditing.record(actor, "workbench.log.exported", criteria.object_urn, at=at, detail=detail)
    promised = [auditing.receipt(entry, disclose=("detail", "purpose", "subjects")) for entry in entries]
    receipts = auditing.complete_receipts(promised)
    about = _READ_ME.format(
        origin=auditing.origin(), at=at.astimezone(CHINA).isoformat(timespec="seconds"), count=len(entries),
        cut=_CUT * is_cut,
        unsealed=sum("proof" not in receipt for receipt in receipts),
        asked=json.dumps(given, ensure_ascii=False) if given else "无 none",
    )  # fmt: skip
    return _zipped(
        {
            "README.txt": about,
            "entries.csv": "\ufeff" + _table(entries, receipts),
            "receipts.jsonl": "".join(json.dumps(receipt) + "\n" for receipt in receipts),
            "keys.pem": "".join(crypto.as_pem(key.raw) for key in crypto.public_keys()),
        }
    )


def _zipped(files: Mapping[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return archive.getvalue()


def _table(entries: Sequence[Any], receipts: Sequence[Mapping[str, Any]]) -> str:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_HEAD)
    for entry, receipt in zip(entries, receipts, strict=True):
        writer.writerow([_harmless(str(value)) for value in _row(entry, receipt)])
    return table.getvalue()


def _row(entry: Any, receipt: Mapping[str, Any]) -> Iterator[Any]:
    title = ACTIONS.find(entry.action) or {"zh": ""}
    yield receipt.get("proof", {}).get("leaf_index", "")
    yield from (moment.astimezone(CHINA).isoformat() for moment in (entry.recorded_at, entry.at))
    yield from (entry.action, title["zh"], entry.outcome, entry.actor_urn, entry.on_behalf_urn, entry.capacity)
    yield from (entry.object_urn, entry.case_urn, entry.purpose, " ".join(entry.subjects))
    yield json.dumps(entry.detail, ensure_ascii=False)


def _harmless(value: str) -> str:
    """A text that a table program does not take for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value
