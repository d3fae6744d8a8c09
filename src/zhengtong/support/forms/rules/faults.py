"""A fault of a definition, and what every part of the check uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zhengtong.kernel.texts import missing_languages
from zhengtong.support.expressions import services as expressions


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a definition. `path` is a dotted place in form.json; `message` says how to mend it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


Report = Callable[[str, str], None]


def check_map(value: Any, path: str, report: Report) -> None:
    """A text must be there in both languages."""
    if missing := missing_languages(value):
        report(path, _("缺少 %s 文字") % "、".join(missing))


def expression(source: Any, path: str, report: Report) -> expressions.Expression | None:
    """A condition over `form`, or None and each of its faults."""
    try:
        return expressions.compile(source if isinstance(source, str) else "", {"form": dict})
    except expressions.Faulty as faulty:
        for fault in faulty.faults:
            report(path, str(fault))
    return None
