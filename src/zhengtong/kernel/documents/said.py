"""Texts of faults. They stay open in language also after values are put in; Django's own lazy texts settle at `%`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from zhengtong.kernel.texts import Texts, localised


class Said:
    """A message, with its values, in the language of whoever reads it. A value that is a map of texts is localised."""

    def __init__(self, message: str | Texts, values: Mapping[str, Any] | None = None) -> None:
        self._message = message
        self._values = values

    def __mod__(self, values: Mapping[str, Any]) -> Said:
        return Said(self._message, values)

    def __str__(self) -> str:
        if not isinstance(self._message, str):
            return localised(self._message)
        text = gettext(self._message) if self._message else ""
        if self._values is None:
            return text
        return text % {name: localised(v) if isinstance(v, Mapping) else v for name, v in self._values.items()}


def say(message: str | Texts) -> Said:
    """Import it as `_`, so that makemessages finds the texts."""
    return Said(message)
