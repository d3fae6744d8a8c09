"""What the clear text of an encrypted field says: looked at while it is at hand, and stored as a flag of the record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ..definition.model import Definition, Type
from ..definition.rules import Rule


def opened_rules(definition: Definition) -> list[Rule]:
    return [rule for rule in definition.quality if rule.opened is not None]


def flags_of(definition: Definition, values: Mapping[str, Any]) -> list[str]:
    """Keys of the rules that a record's opened values break: its flags."""
    columns = {name: [None if value is None else str(value)] for name, value in values.items()}
    return contradictions(definition, columns, [0])[1].get(0, [])


def contradictions(
    definition: Definition, columns: Mapping[str, Sequence[str | None]], places: Sequence[int]
) -> tuple[list[str], dict[int, list[str]]]:
    """Of many rows: the rules that could be looked at, and by place the keys of those that are broken.

    `columns`: clear texts by field, None where there is none; a rule whose fields are not all there is passed over.
    """
    seen: list[str] = []
    found: dict[int, list[str]] = {}
    for rule in opened_rules(definition):
        parts = [columns.get(name) for name in rule.opened_fields]
        if None in parts:
            continue
        seen.append(rule.key)
        for place in places:
            texts = [part[place] for part in parts if part is not None]
            if all(texts) and is_broken(definition, rule, *texts):  # type: ignore[arg-type]
                found.setdefault(place, []).append(rule.key)
    return seen, found


def is_broken(definition: Definition, rule: Rule, text: str, against: str = "") -> bool:
    """Places 7 to 14 of an identity number are the day of birth, place 17 is odd for men (GB 11643—1999). `against`:
    an ISO day, or a sex of GB/T 2261.1, of which only 1 and 2 are compared."""
    assert rule.opened
    if "wants" in rule.opened:
        return not _pattern(rule.opened["wants"]).search(text)
    if definition.by_name[rule.opened["against"]].type is Type.DATE:
        return text[6:14] != against.replace("-", "")
    return against in ("1", "2") and int(text[16]) % 2 != int(against) % 2


@lru_cache(100)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)
