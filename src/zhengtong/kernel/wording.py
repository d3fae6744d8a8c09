"""Texts in the language of whoever is answered, in a process of Django and without it.

Where Django runs it is asked (`kernel.registry` plugs it in). Elsewhere, as in the gateway, the rooms' compiled
catalogues are read by the standard library, and the language is that of the present task.
"""

from __future__ import annotations

import gettext as _catalogues
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Protocol

PACKAGE = Path(__file__).resolve().parents[1]
CHINESE, ENGLISH = "zh-hans", "en"
_language: ContextVar[str] = ContextVar("language of the present answer", default=CHINESE)


class Speech(Protocol):
    """Who translates."""

    def gettext(self, text: str) -> str: ...

    def ngettext(self, one: str, many: str, count: int) -> str: ...

    def language(self) -> str: ...


class Catalogues:
    """The rooms' own catalogues. Chinese texts stand for themselves."""

    def gettext(self, text: str) -> str:
        return _english().gettext(text) if self.language() == ENGLISH else text

    def ngettext(self, one: str, many: str, count: int) -> str:
        return _english().ngettext(one, many, count) if self.language() == ENGLISH else one

    def language(self) -> str:
        return _language.get()


@cache
def _english() -> _catalogues.NullTranslations:
    """All rooms' English as one catalogue; of a text that two translate, the one of the first by name."""
    whole = _catalogues.NullTranslations()
    for file in sorted(PACKAGE.glob("*/*/locale/en/LC_MESSAGES/django.mo"), reverse=True):
        with file.open("rb") as opened:
            one = _catalogues.GNUTranslations(opened)
        one.add_fallback(whole)
        whole = one
    return whole


_speech: Speech = Catalogues()


def speak_by(speech: Speech) -> None:
    """Plug in who translates from now on in this process."""
    global _speech  # noqa: PLW0603  (one plug in one socket)
    _speech = speech


def gettext(text: str) -> str:
    return _speech.gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    return _speech.ngettext(one, many, count)


def language() -> str:
    """The language of the present request: `zh` or `en`."""
    return "en" if _speech.language().startswith("en") else "zh"


@contextmanager
def spoken(lang: str) -> Iterator[None]:
    """Inside, this task speaks the language (where no Django runs)."""
    token = _language.set(lang)
    try:
        yield
    finally:
        _language.reset(token)


def preferred(accepted: str) -> str:
    """Which of the two languages an Accept-Language header asks for; Chinese without one."""
    ranked = []
    for place, part in enumerate(accepted.split(",")):
        name, _semicolon, weight = part.strip().partition(";")
        try:
            quality = float(weight.partition("=")[2] or 1)
        except ValueError:
            quality = 0.0
        tag = name.strip().lower().partition("-")[0]
        if tag in ("zh", "en") and quality > 0:
            ranked.append((-quality, place, tag))
    return ENGLISH if min(ranked, default=(0, 0, "zh"))[2] == "en" else CHINESE


class Lazy:
    """A text that is translated when it is read."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return gettext(self.text)

    def __mod__(self, values: Any) -> str:
        return gettext(self.text) % values

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Lazy({self.text!r})"


def gettext_lazy(text: str) -> Any:
    return Lazy(text)
