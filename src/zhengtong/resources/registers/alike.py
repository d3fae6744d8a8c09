"""What counts as the same person where somebody slipped: in one character of the name, or in the day of birth; never in
both. Pure functions on plain values.

A name agrees when it is equal, when it is the former name, when it sounds the same, or when one character is wrong,
missing or too many. A day agrees when it is equal, when day and month changed places, or when one digit is wrong. The
division never decides: what lies elsewhere is ranked lower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import product

from zhengtong.kernel.texts import Texts

from .values import EARLIEST

MOST_SOUNDS = 16  # readings of one name


class Slip(StrEnum):
    """In what a record differs from what was typed, and yet agrees."""

    FORMER_NAME = "former-name"
    SOUND = "sound"
    CHARACTER = "character"
    SWAPPED = "swapped"
    DIGIT = "digit"
    RENAMED = "renamed"
    DIVISION = "division"

    @property
    def label(self) -> Texts:
        return _LABELS[self]


_LABELS: dict[Slip, Texts] = {
    Slip.FORMER_NAME: {"zh": "曾用名相同", "en": "Former name"},
    Slip.SOUND: {"zh": "姓名同音", "en": "Name sounds alike"},
    Slip.CHARACTER: {"zh": "姓名差一字", "en": "One character differs"},
    Slip.SWAPPED: {"zh": "出生日期月日颠倒", "en": "Day and month swapped"},
    Slip.DIGIT: {"zh": "出生日期差一位数字", "en": "One birth digit differs"},
    Slip.RENAMED: {"zh": "区划已变更", "en": "Division renamed"},
    Slip.DIVISION: {"zh": "区划不同", "en": "Another division"},
}
_WEIGHTS = {
    Slip.FORMER_NAME: 0.95, Slip.SOUND: 0.85, Slip.CHARACTER: 0.7, Slip.SWAPPED: 0.9, Slip.DIGIT: 0.8,
    Slip.RENAMED: 1.0,
}  # fmt: skip
_NEAR = ((6, 0.95), (4, 0.85), (2, 0.7), (0, 0.5))  # digits that two divisions share → how near they are


@dataclass(frozen=True, slots=True)
class Typed:
    """Whom somebody looks for. `sounds`: readings of the name, without blanks; `division`: a code or its beginning."""

    name: str
    born: date
    sounds: frozenset[str] = frozenset()
    division: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the index tells of one record."""

    id: int
    name: str
    born: date
    pinyin: str = ""
    former: str = ""
    division: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A record that agrees, how well (1: in everything), and its slips."""

    id: int
    score: float
    slips: tuple[Slip, ...]


# -- days -------------------------------------------------------------------------------------------------------------
def near_days(born: date, today: date) -> list[date]:
    """Days for which this one is easily written: day and month swapped, or one digit wrong. At most about 60."""
    return sorted({one for one in (*_swapped(born), *_one_digit_off(born)) if EARLIEST <= one <= today} - {born})


def _swapped(born: date) -> Iterator[date]:
    if born.day <= 12:
        yield born.replace(month=born.day, day=born.month)


def _one_digit_off(born: date) -> Iterator[date]:
    digits = f"{born:%Y%m%d}"
    for place, digit in product(range(len(digits)), "0123456789"):
        try:
            yield date.fromisoformat(f"{digits[:place]}{digit}{digits[place + 1 :]}")
        except ValueError:
            continue


def slip_of_day(typed: date, born: date) -> tuple[Slip, ...]:
    """Of a day that is equal, or among `near_days`."""
    if typed == born:
        return ()
    return (Slip.SWAPPED,) if born in set(_swapped(typed)) else (Slip.DIGIT,)


# -- names ------------------------------------------------------------------------------------------------------------
def slip_of_name(typed: Typed, one: Candidate) -> tuple[Slip, ...] | None:
    """None where the names do not agree."""
    if one.name == typed.name:
        return ()
    if one.former and one.former == typed.name:
        return (Slip.FORMER_NAME,)
    if one.pinyin and plain_sound(one.pinyin) in typed.sounds:
        return (Slip.SOUND,)
    return (Slip.CHARACTER,) if is_one_character_off(typed.name, one.name) else None


def plain_sound(pinyin: str) -> str:
    return pinyin.replace(" ", "").replace("'", "").lower()


def sounds_of(syllables: Iterable[Iterable[str]]) -> frozenset[str]:
    """Readings of a name from those of its characters, at most MOST_SOUNDS."""
    readings = product(*syllables)
    return frozenset(plain_sound("".join(one)) for one, _nth in zip(readings, range(MOST_SOUNDS), strict=False))


def is_one_character_off(one: str, other: str) -> bool:
    """One character wrong, missing or too many; something must be left that agrees."""
    if len(one) < len(other):
        one, other = other, one
    if len(one) - len(other) > 1 or len(one) < 2:
        return False
    front = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(other))
    behind = one[front + 1 :]
    return other[front:] == behind or other[front + 1 :] == behind


# -- divisions --------------------------------------------------------------------------------------------------------
def holds_division(typed: str, code: str) -> bool:
    """Whether the code is the typed one or lies below it: 511600 and 5116 hold 511602."""
    level = typed
    while len(level) > 2 and level.endswith("00") and len(level) % 2 == 0:
        level = level[:-2]
    return code.startswith(level)


def _of_division(typed: str, code: str, leads_to: Callable[[str], frozenset[str]]) -> tuple[tuple[Slip, ...], float]:
    """`leads_to`: what became of a code."""
    if not typed or not code or holds_division(typed, code):
        return (), 1.0
    if any(holds_division(typed, now) for now in leads_to(code)) or any(
        holds_division(n, code) for n in leads_to(typed)
    ):
        return (Slip.RENAMED,), _WEIGHTS[Slip.RENAMED]
    return (Slip.DIVISION,), next(weight for digits, weight in _NEAR if typed[:digits] == code[:digits])


def match(typed: Typed, one: Candidate, leads_to: Callable[[str], frozenset[str]]) -> Match | None:
    """How a candidate agrees; None where it does not, or has slips in both name and day."""
    name, day = slip_of_name(typed, one), slip_of_day(typed.born, one.born)
    if name is None or (name and day):
        return None
    place, near = _of_division(typed.division, one.division, leads_to)
    score = near
    for slip in (*name, *day):
        score *= _WEIGHTS[slip]
    return Match(one.id, round(score, 4), (*name, *day, *place))


def best(matches: Iterable[Match], limit: int) -> list[Match]:
    """The best first; of equals the one entered first."""
    return sorted(matches, key=lambda one: (-one.score, one.id))[:limit]
