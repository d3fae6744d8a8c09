"""What the clear text of an encrypted field says: looked at while it is at hand, and stored as a flag of the record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ..contradictions import LABELS
from ..definition.model import Definition, Type
from ..definition.rules import Rule

Texts = Sequence[str | None]
_ODD = frozenset("13579")


def opened_rules(definition: Definition) -> list[Rule]:
    """Those that are judged here: a rule named as a contradiction has its flag from there."""
    return [rule for rule in definition.quality if rule.opened is not None and rule.key not in LABELS]


def flags_of(definition: Definition, values: Mapping[str, Any]) -> list[str]:
    """Keys of the rules that a record's opened values break: its flags."""
    columns = {name: [None if value is None else str(value)] for name, value in values.items()}
    return contradictions(definition, columns, [0])[1].get(0, [])


def contradictions(
    definition: Definition, columns: Mapping[str, Texts], places: Sequence[int]
) -> tuple[list[str], dict[int, list[str]]]:
    """Of many rows: the rules that could be looked at, and by place the keys of those that are broken.

    `columns`: clear texts by field, None where there is none; a rule whose fields are not all there is passed over.
    """
    seen: list[str] = []
    found: dict[int, list[str]] = {}
    for rule in opened_rules(definition):
        if all(name in columns for name in rule.opened_fields):
            seen.append(rule.key)
            for place in _broken(definition, rule, columns, places):
                found.setdefault(place, []).append(rule.key)
    return seen, found


def _broken(
    definition: Definition, rule: Rule, columns: Mapping[str, Texts], places: Sequence[int]
) -> list[int]:  # fmt: skip
    """Places where the rule does not hold. A load asks this of every row: one walk, no call for each."""
    assert rule.opened
    texts = columns[rule.opened["field"]]
    if "wants" in rule.opened:
        search = _pattern(rule.opened["wants"]).search
        return [p for p in places if (text := texts[p]) and not search(text)]
    against = columns[rule.opened["against"]]
    kind = definition.by_name[rule.opened["against"]].type
    return (_other_days if kind is Type.DATE else _other_sexes)(texts, against, places)


def _other_days(numbers: Texts, days: Texts, places: Sequence[int]) -> list[int]:
    """Places 7 to 14 of an identity number are the day of birth (GB 11643—1999). `days`: ISO."""
    return [
        p for p in places if (number := numbers[p]) and (day := days[p]) and number[6:14] != day.replace("-", "")
    ]  # fmt: skip


def _other_sexes(numbers: Texts, sexes: Texts, places: Sequence[int]) -> list[int]:
    """Place 17 is odd for men. `sexes`: codes of GB/T 2261.1, of which only 1 and 2 are compared."""
    return [
        p for p in places
        if (number := numbers[p]) and (sex := sexes[p]) in ("1", "2") and (number[16] in _ODD) != (sex == "1")
    ]  # fmt: skip


@lru_cache(100)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)
