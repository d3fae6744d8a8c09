"""What became of a code, in a sentence: for pages, commands and the open interface."""

from __future__ import annotations

from collections.abc import Iterable

from .resolving import Outcome, Resolution
from .tables import Row

KIND_TEXTS: dict[str, dict[str, str]] = {
    "recoded": {"zh": "改编码", "en": "new code"},
    "renamed": {"zh": "更名", "en": "renamed"},
    "merged": {"zh": "并入", "en": "merged"},
    "split": {"zh": "拆分", "en": "split"},
    "abolished": {"zh": "废止", "en": "abolished"},
    "ended": {"zh": "不再列出", "en": "no longer listed"},
}


def outcome_text(answer: Resolution) -> dict[str, str]:
    """The result in zh and en, with the remedy where there is none."""
    zh, en = _SAID[answer.outcome]
    zh_ends, en_ends = _names(answer.ends, "、"), _names(answer.ends, ", ")
    periods = "；".join(f"{start or '…'} — {end or '…'} {name}" for start, end, name in answer.periods)
    doubt_zh = "" if answer.is_certain else "其中有推断或未核对的步骤，用于法律文书前请人工核对。"
    doubt_en = (
        "" if answer.is_certain else " Some step is inferred, unverified or lost: check by hand before legal use."
    )
    given = {"code": answer.code, "name": answer.name, "periods": periods}
    return {"zh": zh.format(**given, ends=zh_ends) + doubt_zh, "en": en.format(**given, ends=en_ends) + doubt_en}


def _names(rows: Iterable[Row], between: str) -> str:
    return between.join(f"{row.code} {row.name}" for row in rows)


_SAID: dict[Outcome, tuple[str, str]] = {
    Outcome.SAME: ("{code} {name}：代码和名称未变。", "{code} {name}: code and name are the same."),
    Outcome.RENAMED: ("{code} {name}：代码未变，现名为 {ends}。", "{code} {name}: the same code, now named {ends}."),
    Outcome.REPLACED: ("{code} {name}：现为 {ends}。", "{code} {name} is now {ends}."),
    Outcome.SEVERAL: ("{code} {name}：现分属 {ends}。", "{code} {name} now belongs to several: {ends}."),
    Outcome.ABOLISHED: (
        "{code} {name}：已废止，没有已知的后继代码，请人工核对。",
        "{code} {name}: abolished, and no successor is known. Check by hand.",
    ),
    Outcome.NOT_YET: (
        "{code} 在所问的日期无效；它的有效期：{periods}。请改用其中的日期。",
        "{code} was not valid on that day. It was valid: {periods}. Ask about one of these days.",
    ),
    Outcome.UNKNOWN: (
        "代码表中从未有过代码“{code}”，请核对。", "There has never been a code “{code}” in this table. Check it."
    ),
}  # fmt: skip
