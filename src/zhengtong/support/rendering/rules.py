"""What a paper says: its data as texts ready to print. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from zhengtong.kernel.clock import china_date

_UNPRINTABLE = re.compile(r"the text `\"(.+?)\"` could not be displayed")


@dataclass(frozen=True, slots=True)
class PaperKind:
    """An official paper of a case: its title and what its data must hold."""

    title: str
    needs: tuple[str, ...] = ()
    general: str = ""  # its title where the matter is no administrative licence


PAPERS: dict[str, PaperKind] = {
    "received": PaperKind("申请材料接收凭证", ("evidence",)),
    "supplement": PaperKind("补正告知书", ("items", "answer_by")),
    "accepted": PaperKind("受理通知书", ("statutory_days", "promised_days")),
    "refused": PaperKind("不予受理决定书", ("reason",)),
    "special": PaperKind("特别程序告知书", ("procedure", "reason")),
    "extension": PaperKind("延期告知书", ("days", "reason")),
    "granted": PaperKind("准予行政许可决定书", general="办理结果通知书"),
    "denied": PaperKind("不予行政许可决定书", ("reasons",), general="办理结果通知书"),
    "delivery": PaperKind("送达回证", ("channel",)),
}
ALWAYS = ("authority", "number", "case_number", "service", "applicant", "submitted_at", "issued_at")
APPROVERS = {"organ": "本机关负责人", "government": "本级人民政府负责人"}
CHANNELS = {"online": "电子送达", "window": "直接送达（窗口领取）", "post": "邮寄送达"}
_MOMENTS = (
    "submitted_at",
    "issued_at",
    "answer_by",
    "due_date",
    "delivered_at",
    "accepted_at",
    "suspended_from",
    "deemed_since",
)


def missing(kind: str, data: Mapping[str, Any]) -> list[str]:
    """Which keys the paper's data lack."""
    return [key for key in (*ALWAYS, *PAPERS[kind].needs) if data.get(key) in (None, "", [])]


def sheet(kind: str, data: Mapping[str, Any], *, node_name: str, base_url: str, is_demo: bool) -> dict[str, Any]:
    """The data of a paper as its template gets them: days in Chinese form, choices in words, what may lack is empty.

    `data` may also hold: `law` (设定依据), `due_date`, `planned_days`, `outputs` (names of the credentials granted),
    `contact`, `reconsideration_authority`, `court`, `verify_url`, `receiver`, `place`, `documents`, `delivered_at`,
    `is_licence` (True unless said: whether the 行政许可法 governs it), `acceptance_days`, `delivery_days`,
    `deemed_since` (accepted by law on that day, 32(4)), `approver` and `approval` of an extension.
    """
    said = {key: chinese_day(value) if key in _MOMENTS and value else value for key, value in data.items()}
    defaults: dict[str, Any] = {
        "law": "", "due_date": "", "planned_days": None, "outputs": [], "contact": "", "reason": "", "reasons": "",
        "reconsideration_authority": f"{node_name}人民政府", "court": "有管辖权的人民法院", "receiver": "", "place": "",
        "is_licence": True, "acceptance_days": 5, "delivery_days": 10, "deemed_since": "", "approval": "",
        "documents": [], "verify_url": f"{base_url}/progress/?number={data['case_number']}",
    }  # fmt: skip
    return {
        **defaults,
        **{key: value for key, value in said.items() if value not in (None, "")},
        "title": title(kind, is_licence=data.get("is_licence", True)),
        "approver": APPROVERS.get(data.get("approver", ""), ""),
        "items": [_item(item) for item in data.get("items") or []],
        "evidence": [_item(item) for item in data.get("evidence") or []],
        "channel": CHANNELS.get(data.get("channel", ""), data.get("channel", "")),
        "is_demo": is_demo,
    }


def title(kind: str, *, is_licence: bool) -> str:
    """What the paper is called: one of the 行政许可法 only where that law governs the matter."""
    return PAPERS[kind].title if is_licence else PAPERS[kind].general or PAPERS[kind].title


def chinese_day(value: str | date | datetime) -> str:
    """`2026年11月21日` (GB/T 9704: Arabic digits, no leading zero), of the day in China."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    day = china_date(value) if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


def unprintable(diagnostic: str) -> list[str]:
    """The characters for which no font has a glyph, as the press reported them."""
    return list(dict.fromkeys(_UNPRINTABLE.findall(diagnostic)))


def substituted(value: Any, characters: Iterable[str]) -> Any:
    """The data of a document with every text in it set without these characters: 〓 and the code point instead."""
    if isinstance(value, str):
        for character in characters:
            value = value.replace(character, f"〓（{code_points(character)}）")
        return value
    if isinstance(value, Mapping):
        return {key: substituted(item, characters) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [substituted(item, characters) for item in value]
    return value


def code_points(text: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in text)


def _item(item: Any) -> dict[str, str]:
    if isinstance(item, str):
        return {"what": item, "how": ""}
    return {
        "what": str(item.get("what") or item.get("title") or ""),
        "how": str(item.get("how") or item.get("why") or ""),
    }
