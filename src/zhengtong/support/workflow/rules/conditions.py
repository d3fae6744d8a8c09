"""Conditions of a process: names bound to booleans, joined by `not`, `and`, `or` and brackets. Nothing else, ever.

What a name means is worked out beforehand (CEL, in the room above). No expression of a process file is executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

Values = Mapping[str, bool]
_Judge = Callable[[Values], bool | None]
_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_-]{0,79})|(?P<mark>[()]))")
_WORDS = ("and", "or", "not")
_LONGEST = 500
_DEEPEST = 20


class FaultyCondition(ValueError):
    """A condition that is not made of names, not, and, or and brackets."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition. `names`: the names it asks for, in order."""

    source: str
    names: tuple[str, ...]
    _judge: _Judge

    def holds(self, values: Values) -> bool:
        """Whether it is certainly true. A name without a value makes what depends on it unknown: fails closed."""
        return self._judge(values) is True

    def may_hold(self, values: Values) -> bool:
        """Whether it is true or still unknown."""
        return self._judge(values) is not False


@lru_cache(maxsize=1024)
def parse(source: str) -> Condition:
    """Read a condition. Raises FaultyCondition, telling the place."""
    if len(source) > _LONGEST:
        raise FaultyCondition(f"longer than {_LONGEST} characters")
    reader = _Reader(source)
    judge = reader.alternatives(0)
    if reader.token is not None:
        raise FaultyCondition(f"{reader.token!r} is not expected here")
    return Condition(source, tuple(dict.fromkeys(reader.names)), judge)


class _Reader:
    """Reads by recursive descent: alternatives > conjunction > negation > name."""

    def __init__(self, source: str) -> None:
        self._tokens = iter(_tokens(source))
        self.names: list[str] = []
        self.token: str | None = None
        self._advance()

    def alternatives(self, depth: int) -> _Judge:
        parts = [self._conjunction(depth)]
        while self._take("or"):
            parts.append(self._conjunction(depth))
        return _any(parts)

    def _conjunction(self, depth: int) -> _Judge:
        parts = [self._negation(depth)]
        while self._take("and"):
            parts.append(self._negation(depth))
        return _all(parts)

    def _negation(self, depth: int) -> _Judge:
        if depth > _DEEPEST:
            raise FaultyCondition("nested too deeply")
        if self._take("not"):
            return _not(self._negation(depth + 1))
        if self._take("("):
            inner = self.alternatives(depth + 1)
            if not self._take(")"):
                raise FaultyCondition("a closing bracket is missing")
            return inner
        return self._name()

    def _name(self) -> _Judge:
        name = self.token
        if name is None or name in (*_WORDS, "(", ")"):
            raise FaultyCondition(f"a name is expected, not {name or 'the end'!r}")
        self._advance()
        self.names.append(name)
        return lambda values: values.get(name)

    def _take(self, token: str) -> bool:
        if self.token != token:
            return False
        self._advance()
        return True

    def _advance(self) -> None:
        self.token = next(self._tokens, None)


def _tokens(source: str) -> list[str]:
    tokens, place, text = [], 0, source.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise FaultyCondition(f"{text[place:].strip()[:20]!r} is not a name, not, and, or or a bracket")
        tokens.append(match["name"] or match["mark"])
        place = match.end()
    return tokens


def _any(parts: list[_Judge]) -> _Judge:
    return parts[0] if len(parts) == 1 else lambda values: _first_of(True, [part(values) for part in parts])


def _all(parts: list[_Judge]) -> _Judge:
    return parts[0] if len(parts) == 1 else lambda values: _first_of(False, [part(values) for part in parts])


def _not(part: _Judge) -> _Judge:
    def judge(values: Values) -> bool | None:
        answer = part(values)
        return None if answer is None else not answer

    return judge


def _first_of(deciding: bool, answers: list[bool | None]) -> bool | None:
    """Kleene's three-valued or (deciding True) and and (deciding False)."""
    if deciding in answers:
        return deciding
    return None if None in answers else not deciding
