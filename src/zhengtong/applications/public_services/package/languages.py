"""Every text that is shown must stand in Chinese and in English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from zhengtong.kernel.documents.said import say as _

from .faults import Fault
from .reading import GUIDES, Package

_CHINESE = re.compile(r"[\u3400-\u9fff]")
Path = tuple[Any, ...]


def check(package: Package) -> Iterator[Fault]:
    """A fault for each text without English, or whose English is Chinese, and for each guide that is missing."""
    for path, texts in _texts(package.manifest, ()):
        english = texts.get("en")
        if not isinstance(english, str) or not english.strip():
            yield package.document.fault(
                path, "translation-missing", _("缺少英文（en）。"), _("请补上与中文意思一致的英文。")
            )
        elif is_chinese(english):
            yield package.document.fault(
                (*path, "en"), "translation-chinese", _("英文处写的是中文。"), _("请翻译成英文。")
            )
    yield from _guides(package)


def is_chinese(text: str) -> bool:
    """Mostly Chinese: a name in brackets within an English sentence is not."""
    return len(_CHINESE.findall(text)) > len(text) * 0.3


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every map that holds a text: one with `zh` and nothing but languages."""
    if isinstance(value, Mapping):
        if "zh" in value and set(value) <= {"zh", "en"}:
            yield path, value
            return
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, (*path, number))


def _guides(package: Package) -> Iterator[Fault]:
    for lang, name in GUIDES.items():
        text = package.text(name)
        if name not in package.files:
            yield Fault(name, "guide-missing", _("缺少办事指南 %(name)s。") % {"name": name}, _("请用 Markdown 编写。"))
        elif text is not None and not text.strip():
            yield Fault(name, "guide-empty", _("办事指南是空的。"), _("请说明这是什么、要准备什么、怎么办。"))
        elif text and lang == "en" and is_chinese(text):
            yield Fault(name, "translation-chinese", _("英文处写的是中文。"), _("请翻译成英文。"))
