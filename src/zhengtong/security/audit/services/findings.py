"""What a verification found, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.texts import Texts

MAX_FAULTS = 20
OF_THE_WHOLE = frozenset({"truncated", "forked"})  # never left out for a crowd of others
_WORDS: Mapping[str, Texts] = {
    "altered": {
        "zh": "第 {leaf} 号叶子的审计记录 {entry} 在封存之后被改动",
        "en": "entry {entry}, leaf {leaf}, was altered after it was sealed",
    },
    "leaf_altered": {
        "zh": "第 {leaf} 号叶子（审计记录 {entry}）的封存行被改写",
        "en": "the stored leaf {leaf} of entry {entry} was rewritten",
    },
    "swapped": {
        "zh": "第 {leaf} 号叶子的审计记录 {entry} 与第 {other} 号的内容被调换",
        "en": "entry {entry}, leaf {leaf}, was swapped with leaf {other}",
    },
    "removed": {
        "zh": "第 {leaf} 号叶子的审计记录 {entry} 被删除",
        "en": "entry {entry}, leaf {leaf}, was removed",
    },
    "leaf_removed": {
        "zh": "第 {leaf} 号叶子被删除（审计记录 {entry}）",
        "en": "leaf {leaf} was removed (entry {entry})",
    },
    "inserted": {
        "zh": "审计记录 {entry} 是在封存之后插入的，位置在第 {leaf} 号叶子之前",
        "en": "entry {entry} was inserted before leaf {leaf}, which had been sealed",
    },
    "unsigned": {
        "zh": "第 {leaf} 号叶子（审计记录 {entry}）没有任何检查点签名",
        "en": "leaf {leaf} (entry {entry}) was added without a signed checkpoint",
    },
    "truncated": {
        "zh": "日志自第 {leaf} 号叶子起被截断：库外保存的检查点有 {other} 条记录",
        "en": "the log was cut off at leaf {leaf}: the checkpoint kept outside the database has {other} entries",
    },
    "node": {
        "zh": "第 {leaf} 号叶子处的树节点 {other} 与重新计算的结果不符",
        "en": "tree node {other}, at leaf {leaf}, differs from what was recomputed",
    },
    "signature": {
        "zh": "{other} 条记录处的检查点签名无效或内容不符",
        "en": "the checkpoint of {other} entries is not validly signed",
    },
    "root": {
        "zh": "{other} 条记录处的检查点与重新计算的根不符",
        "en": "the checkpoint of {other} entries does not match the recomputed root",
    },
    "forked": {
        "zh": "库外保存的检查点（{other} 条记录）与本日志不符：历史被改写",
        "en": "the checkpoint of {other} entries kept outside the database contradicts this log: history was rewritten",
    },
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `leaf` is where it stands; `entry` is None when nothing is left that names it."""

    kind: str
    leaf: int
    entry: UUID | None = None
    other: int | None = None

    @property
    def words(self) -> Texts:
        unknown = {"zh": "（已无从得知）", "en": "(no longer known)"}
        return {
            lang: text.format(leaf=self.leaf, entry=self.entry or unknown[lang], other=self.other)
            for lang, text in _WORDS[self.kind].items()
        }

    def as_json(self) -> dict[str, Any]:
        entry = str(self.entry) if self.entry else None
        return {"kind": self.kind, "leaf": self.leaf, "entry": entry, "other": self.other, "words": dict(self.words)}


@dataclass(slots=True)
class Report:
    """The outcome of `verify`. `tail` counts the entries not sealed yet: of these a removal cannot be named."""

    entries: int = 0
    checkpoints: int = 0
    tail: int = 0
    tail_since: datetime | None = None
    kept_outside: int | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    @property
    def first(self) -> Fault | None:
        """The fault at the lowest leaf."""
        return min(self.faults, key=lambda fault: fault.leaf, default=None)

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "entries": self.entries,
            "checkpoints": self.checkpoints,
            "unsealed_tail": self.tail,
            "unsealed_since": self.tail_since.isoformat() if self.tail_since else None,
            "kept_outside": self.kept_outside,
            "first": self.first.as_json() if self.first else None,
            "faults": [fault.as_json() for fault in self.faults],
        }
