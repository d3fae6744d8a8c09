"""Texts in two languages as data: `{"zh": "开办餐饮店", "en": "Open a restaurant"}`; masks; numbers from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .wording import language

__all__ = [
    "Texts", "language", "localised", "mask_id_number", "mask_name", "mask_phone", "missing_languages", "whole_number",
]  # fmt: skip

Texts = Mapping[str, str]


def localised(texts: Texts | str | None, lang: str | None = None) -> str:
    """The text in the language asked for, else in Chinese, else in any. A plain string stands for itself."""
    if not texts:
        return ""
    if not isinstance(texts, Mapping):  # a plain or a lazily translated string
        return str(texts)
    return texts.get(lang or language()) or texts.get("zh") or next(iter(texts.values()), "")


def whole_number(text: str, digits: int = 18) -> int | None:
    """The number that a text from outside (an address, a form) writes in at most so many digits 0 to 9; else None."""
    return int(text) if len(text) <= digits and text.isascii() and text.isdigit() else None


def mask_name(name: str) -> str:
    """张三 → 张*; Li Lei → L*. The first character stays."""
    return name[:1] + "*" * max(1, min(len(name) - 1, 2)) if name else ""


def mask_id_number(number: str) -> str:
    """511602199001010012 → 511***********0012 (three in front, four behind)."""
    return number[:3] + "*" * max(0, len(number) - 7) + number[-4:] if len(number) > 7 else "*" * len(number)


def mask_phone(number: str) -> str:
    """13812345678 → 138****5678."""
    return number[:3] + "****" + number[-4:] if len(number) >= 8 else "*" * len(number)


def missing_languages(value: Any) -> list[str]:
    """Which of zh and en a text map lacks."""
    return [lang for lang in ("zh", "en") if not (isinstance(value, Mapping) and str(value.get(lang, "")).strip())]
