"""How likely two records are the same thing: the weights of a definition, added up. Pure.

After Fellegi and Sunter: a field on which two records agree speaks for them by its weight, the more the rarer such an
agreement is by chance; one on which they differ speaks against; one that is empty on a side does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..definition.model import Comparison, Matching
from .ways import DIFFERS, WAYS, as_text

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Likeness:
    """`ways`: by field in which way the two agree, or `differs`."""

    score: float
    ways: Mapping[str, str]


def compare(matching: Matching, one: Values, other: Values, *, opened: Callable[[Any], Any] = lambda v: v) -> Likeness:
    """The likeness of two records. `opened` gives the clear value of an encrypted one; it is asked only where such
    values are not the same and the definition knows of slips in them."""
    score, ways = 0.0, {}
    for comparison in matching.compare:
        way = _way(comparison, one, other, opened)
        if way:
            ways[comparison.field] = way
            score += comparison.weights.get(way, 0)
    return Likeness(round(score, 2), ways)


def _way(comparison: Comparison, one: Values, other: Values, opened: Callable[[Any], Any]) -> str:
    """The heaviest way in which they agree; empty where a side has no value."""
    if comparison.other and comparison.other != comparison.field:
        pairs = [(one[comparison.field], other[comparison.other]), (other[comparison.field], one[comparison.other])]
        return max((_of(comparison, *pair, opened) for pair in pairs), key=lambda w: comparison.weights.get(w, 0))
    return _of(comparison, one[comparison.field], other[comparison.field], opened)


def _of(comparison: Comparison, one: Any, other: Any, opened: Callable[[Any], Any]) -> str:
    if one is None or other is None:
        return ""
    if one == other:
        return "exact" if "exact" in comparison.weights else ""
    slips = [way for way in comparison.by_weight if way not in ("exact", DIFFERS)]
    if slips:
        texts = as_text(opened(one)), as_text(opened(other))
        if found := next((way for way in slips if WAYS[way](*texts)), ""):
            return found
    return DIFFERS if DIFFERS in comparison.weights else ""
