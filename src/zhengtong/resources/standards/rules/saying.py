"""The sentences about faulty values: what is wrong and how to put it right, in zh and en."""

from __future__ import annotations

from typing import Any

from .elements import Element
from .resolving import Resolution

_SAID: dict[str, tuple[str, str]] = {
    "length": ("{name}长度为{length}，应为{shape}。", "{name} has {length} characters; it should be {shape}."),
    "character": (
        "{name}含有不可见字符或首尾空格，请删去。",
        "{name} has invisible characters or outer spaces: remove them.",
    ),
    "pattern": ("{name}格式不对{example}。", "{name} is not well-formed{example}."),
    "full_width": ("{name}含有全角字符，请改为半角。", "{name} has full-width characters: use half-width ones."),
    "spaces": ("{name}含有空格，请删去。", "{name} has spaces: remove them."),
    "lower_case": ("{name}应使用大写字母。", "{name} is written in capital letters."),
    "lower_case_x": ("{name}末位的x应为大写X。", "The last character of {name} is a capital X."),
    "fifteen_digits": (
        "{name}为15位旧号码，应使用18位号码。",
        "{name} has the 15 digits of the first generation: use the 18 of today.",
    ),
    "unknown_code": (
        "{name}：代码表中没有“{value}”，请核对。",
        "{name}: there is no code “{value}” in the table. Check it.",
    ),
    "heading_code": (
        "{name}：代码“{value}”（{coded}）是大类，请使用其下的代码。",
        "{name}: “{value}” ({coded}) is a heading. Use a code below it.",
    ),
    "abolished_code": (
        "{name}：代码“{value}”（{coded}）已废止{successor}。",
        "{name}: code “{value}” ({coded}) is abolished{successor}.",
    ),
    "future_code": (
        "{name}：代码“{value}”（{coded}）在该日尚未启用。",
        "{name}: code “{value}” ({coded}) was not yet in use on that day.",
    ),
    "impossible_date": ("{name}：没有这一天，请核对。", "{name}: there is no such day. Check it."),
    "future_date": ("{name}晚于今天，请核对。", "{name} is later than today. Check it."),
    "date_format": ("{name}应写成“年-月-日”，例如 2026-11-21。", "{name} is written year-month-day, e.g. 2026-11-21."),
    "not_a_date": ("{name}不是日期，例如 2026-11-21。", "{name} is not a date, e.g. 2026-11-21."),
    "not_a_moment": (
        "{name}不是带时区的时刻，例如 2026-11-21T09:30:00+08:00。",
        "{name} is no moment with its time zone, e.g. 2026-11-21T09:30:00+08:00.",
    ),
    "not_a_number": ("{name}不是数字，例如 120 或 120.5。", "{name} is not a number, e.g. 120 or 120.5."),
    "not_whole": ("{name}应为整数。", "{name} is a whole number."),
    "thousands": ("{name}中不应有千位分隔符。", "{name} has no separators of thousands."),
    "scale": ("{name}最多{scale}位小数。", "{name} has at most {scale} decimal places."),
    "range": ("{name}超出取值范围{range}。", "{name} is out of range{range}."),
    "not_yes_or_no": ("{name}应为 true 或 false。", "{name} is true or false."),
    "not_a_geometry": ("{name}不是 GeoJSON 对象。", "{name} is not a GeoJSON object."),
}
CODES = tuple(_SAID)


def said(
    code: str, element: Element, *, name: str = "", known: Resolution | None = None, **facts: Any
) -> dict[str, str]:
    """The sentence in both languages. `name`: that of a code; the element brings its own. `known`: what it became."""
    given = {"coded": name, "scale": element.scale, **facts}
    zh, en = _SAID[code]
    return {
        "zh": zh.format(
            **given, name=element.name["zh"], shape=_shape(element, "zh"), range=_range(element, "zh"),
            example=f"，例如 {element.example}" if element.example else "",
            successor=_successor(known, "，现为：", "（推断，未核对）", "，去向不明，请人工核对"),
        ),
        "en": en.format(
            **given, name=element.name["en"], shape=_shape(element, "en"), range=_range(element, "en"),
            example=f", e.g. {element.example}" if element.example else "",
            successor=_successor(known, "; today: ", " (inferred, not verified)", "; its successor is not known"),
        ),
    }  # fmt: skip


def _successor(known: Resolution | None, leads: str, inferred: str, unknown: str) -> str:
    if known is None or not known.ends:
        return unknown
    names = "、".join(f"{end.code} {end.name}" for end in known.ends)
    return f"{leads}{names}{'' if known.is_certain else inferred}"


def _shape(element: Element, lang: str) -> str:
    least, most = element.min_length, element.max_length
    if least == most:
        return f"{most}位" if lang == "zh" else f"just {most}"
    return f"{least}至{most}位" if lang == "zh" else f"{least} to {most}"


def _range(element: Element, lang: str) -> str:
    bounds = [element.minimum, element.maximum]
    if bounds == [None, None]:
        return ""
    low, high = ("…" if bound is None else f"{bound.normalize():f}" for bound in bounds)
    return f"（{low} 至 {high}）" if lang == "zh" else f" ({low} to {high})"
