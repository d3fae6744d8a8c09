"""In which ways two values agree. Pure functions on texts that are not empty.

Distances are rapidfuzz's: OSA counts a character inserted, dropped, taken for another, or two neighbours exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin
from rapidfuzz.distance import OSA, Levenshtein

from zhengtong.kernel.identifiers import id_15_to_18, normalise

SIMILAR = 0.8  # of a text's characters stay in place
DIFFERS = "differs"


def exact(one: str, other: str) -> bool:
    return one == other


def homophone(one: str, other: str) -> bool:
    """Written otherwise, read alike, whatever the tone."""
    return _syllables(one) == _syllables(other)


@lru_cache(100_000)
def _syllables(text: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(text, style=Style.NORMAL))


def one_edit(one: str, other: str) -> bool:
    """One slip of the hand apart, in texts of which something else stays."""
    return min(len(one), len(other)) > 1 and OSA.distance(one, other, score_cutoff=1) <= 1


def transposed(one: str, other: str) -> bool:
    """Two neighbouring characters exchanged."""
    differing = [place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]]
    if len(one) != len(other) or len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    first, second = differing
    return (one[first], one[second]) == (other[second], other[first])


def swapped(one: str, other: str) -> bool:
    """The same parts in another order: day and month of a date (ISO), characters of a text behind the first."""
    if len(one) == len(other) == 10 and one[4] == one[7] == "-":
        return (one[:4], one[5:7], one[8:]) == (other[:4], other[8:], other[5:7])
    return one[:1] == other[:1] and sorted(one) == sorted(other)


def corrected(one: str, other: str) -> bool:
    """The same number once it is written rightly: full width, lower case x, 15 digits, the check digit aside."""
    return _number(one) == _number(other)


def _number(text: str) -> str:
    number = normalise(text)
    if len(number) == 15 and number.isascii() and number.isdigit():
        number = id_15_to_18(number)
    return number[:17] if len(number) == 18 else number


def similar(one: str, other: str) -> bool:
    """Most of a longer text stays in place, as of a company's name or an address."""
    one, other = normalise(one), normalise(other)
    return Levenshtein.normalized_similarity(one, other, score_cutoff=SIMILAR) >= SIMILAR


WAYS: Mapping[str, Callable[[str, str], bool]] = {
    "exact": exact, "homophone": homophone, "swapped": swapped, "transposed": transposed, "corrected": corrected,
    "one_edit": one_edit, "similar": similar,
}  # fmt: skip


def as_text(value: Any) -> str:
    """A stored value as the ways compare it."""
    return "" if value is None else str(value)
