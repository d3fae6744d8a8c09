"""Pure checks around CEL: how far an expression could spread, and which values are safe to hand to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MAX_DEPTH = 16
MAX_NODES = 20_000
MAX_TEXT = 200_000  # characters in all values together

_COMPREHENSION = re.compile(r"\b(?:all|exists|exists_one|map|filter)\b")
_WORD = re.compile(r"""(["'])\w+\1""")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STRING = re.compile(r"""[rRbB]*("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""")


class Unusable(ValueError):
    """A value CEL must not see."""


@dataclass(frozen=True, slots=True)
class Spread:
    characters: int
    comprehensions: int
    additions: int


def spread_of(source: str) -> Spread:
    """Counts taken from the raw text, quoted words included: too many is safe, too few is not."""
    return Spread(len(source), len(_COMPREHENSION.findall(source)), source.count("+"))


def names_under(variable: str, source: str) -> frozenset[str]:
    """The names selected from a variable, by `.name` or `["name"]`."""
    keys = re.findall(rf"""\b{variable}\s*\[\s*["'](\w+)["']\s*\]""", source)
    selected = re.findall(rf"(?<![.\w]){variable}\s*\.\s*([A-Za-z_]\w*)(?!\w*\s*\()", _STRING.sub('""', source))
    return frozenset(keys) | frozenset(selected)


def only_names_under(variable: str, source: str) -> frozenset[str] | None:
    """The names under a variable where these are all that the source can read of it; None where it may read more.

    Careful rather than clever: any other mention of the variable, and any quoting that is not plain, gives None.
    """
    if any(mark in source for mark in ("\\", "//", '"""', "'''")):
        return None
    bare = _STRING.sub(lambda text: text[0] if _WORD.fullmatch(text[0]) else '""', source)
    mentions = len(re.findall(rf"(?<!\w){variable}(?!\w)", bare))
    selections = len(re.findall(rf"(?<![.\w]){variable}\.[A-Za-z_]\w*(?!\w*\s*\()", bare))
    keys = len(re.findall(rf"""(?<![.\w]){variable}\[["']\w+["']\]""", bare))
    return names_under(variable, source) if mentions == selections + keys else None


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """A bounded copy of JSON values. Raises Unusable on what would crash the library or deceive it.

    Unusable: deeper than MAX_DEPTH (its C++ recurses), too many nodes, a text with NUL (it compares only up to there).
    """
    budget = [MAX_NODES, MAX_TEXT]
    return {str(key): _plain(value, 0, budget) for key, value in values.items()}


def _plain(value: Any, depth: int, budget: list[int]) -> Any:
    budget[0] -= 1
    if depth > MAX_DEPTH or budget[0] < 0:
        raise Unusable("the values are too deep or too many")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return _wide(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _text(value, budget)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {_text(str(key), budget): _plain(item, depth + 1, budget) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1, budget) for item in value]
    raise Unusable(f"not a JSON value: {type(value).__name__}")


def _wide(value: int) -> float:
    """CEL's integers have 64 bits; a wider one would spoil the whole map it stands in."""
    try:
        return float(value)
    except OverflowError:
        raise Unusable("a number is too large") from None


def is_text(value: str) -> bool:
    """No NUL and no lone surrogate: what the library and PostgreSQL both take as text."""
    return "\x00" not in value and (value.isascii() or _SURROGATE.search(value) is None)


def _text(value: str, budget: list[int]) -> str:
    budget[1] -= len(value)
    if budget[1] < 0:
        raise Unusable("the texts are too long")
    if not is_text(value):
        raise Unusable("a text holds characters that are none")
    return value
