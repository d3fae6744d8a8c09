"""Personal numbers in running text: found by their check digits, kept out of logs, names and words.

Identity numbers (GB 11643), mobile numbers, bank cards (ISO/IEC 7812, check digit of Luhn). Nothing else is looked for:
a name is not known by its form.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import unquote_plus

from .identifiers import check_id_number, check_mobile

ID_NUMBER, MOBILE, CARD = "id-number", "mobile", "bank-card"
# Where there may be one at all: digits with single blanks or hyphens between them.
_RUN = re.compile(r"[0-9](?:[ -]?[0-9]){10,}[Xx]?")
# A run that is nothing else, in whatever groups.
_ALONE = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ -]?[0-9]){9,17}(?:[ -]?[0-9Xx])(?![0-9A-Za-z])")
# One among other groups of digits. Escapes end before it: %3D, \xe6, \u624b. Letters do too for identity numbers, whose
# date and check digit say enough; for the others only letters that no hexadecimal digest or UUID holds.
_ESCAPE = r"(?<=[%\\]u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2})|(?<=\\x[0-9A-Fa-f]{2})"
_IDENTITY = (  # division, date of birth, serial and check digit; `_`: where a blank or hyphen may stand
    "[1-9](?:_[0-9]){5}_(?:1_[89]|2_[0-9])(?:_[0-9]){2}_(?:0_[1-9]|1_[0-2])_(?:0_[1-9]|[12]_[0-9]|3_[01])"
    "(?:_[0-9]){3}_[0-9Xx]"
).replace("_", "[ -]?")
_MOBILE = "(?:(?:00)?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}"
_CARD_HEAD = "(?:62|4[0-9]|5[1-5])[0-9]{2}(?:[ -]?[0-9]{4}){3}"
_CARD_TAILS = ("[ -]?[0-9]{3}", "[ -]?[0-9]{2}", "[ -]?[0-9]", "")


def _among(digit: str, hexadecimal: str, *cards: str) -> list[str]:
    """Patterns of numbers among others; `digit` and `hexadecimal`: no such thing may stand before the number."""
    identity = rf"{digit}(?=({_IDENTITY})(?![0-9]))"
    return [identity, *(rf"{hexadecimal}(?=({number})(?![0-9A-Fa-f]))" for number in (_MOBILE, *cards))]


_FRONTS = [rf"(?:(?<![{of}])|{_ESCAPE})" for of in ("0-9", "0-9A-Fa-f")]
_AMONG = [re.compile(pattern) for pattern in _among(*_FRONTS, *(_CARD_HEAD + tail for tail in _CARD_TAILS))]
# In a text without escapes one look tells of most runs, numbers of cases and papers, that no pattern will fit.
_PATTERNS = "|".join([_ALONE.pattern, *_among("", "(?<![A-Fa-f])", f"{_CARD_HEAD}(?:[ -]?[0-9]{{1,3}})?")])
_ANY = re.compile(f"(?<![0-9])(?:{_PATTERNS})")
_PLAIN = str.maketrans("０１２３４５６７８９Ｘｘ\u00a0\u3000－", "0123456789Xx  -")
_CARD = re.compile(r"62[0-9]{14,17}|4[0-9]{15}|5[1-5][0-9]{14}")
_LATEST = date(2999, 12, 31)  # whether somebody is born already is no matter of a log


@dataclass(frozen=True, slots=True)
class Found:
    """One number in a text: its kind and where it stands."""

    kind: str
    start: int
    end: int


def find(text: str) -> Iterator[Found]:
    """Every personal number in the text, in any of the ways people write them, in order; none overlaps another."""
    plain, end = text if text.isascii() else text.translate(_PLAIN), 0
    may_escape = "%" in plain or "\\" in plain
    for run in _RUN.finditer(plain):
        if not (may_escape or _ANY.search(plain, run.start(), run.end() + 1)):
            continue
        for found in sorted(_in_run(plain, run.start(), run.end() + 1), key=lambda f: (f.start, -f.end)):
            if found.start >= end:
                yield found
                end = found.end


def _in_run(plain: str, start: int, stop: int) -> Iterator[Found]:
    """Candidates from `start` to one place after the run (what follows decides too); they may overlap."""
    spans = [match.span() for match in _ALONE.finditer(plain, start, stop)]
    spans += [match.span(1) for pattern in _AMONG for match in pattern.finditer(plain, start, stop)]
    for begin, end in spans:
        if kind := _kind_of(re.sub("[ -]", "", plain[begin:end]).upper()):
            yield Found(kind, begin, end)


def _kind_of(digits: str) -> str:
    if check_id_number(digits, today=_LATEST) is None:
        return ID_NUMBER
    if check_mobile(digits.removeprefix("00").removeprefix("86")) is None:
        return MOBILE
    return CARD if _CARD.fullmatch(digits) and _is_luhn(digits) else ""


def _is_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(doubled) + sum(int(d) for d in digits[-1::-2])) % 10 == 0


def redact(text: str, put: Callable[[str], str] = lambda kind: f"<{kind}>") -> str:
    """The text with `put(kind)` in the place of each personal number."""
    parts, end = [], 0
    for found in find(text):
        parts += [text[end : found.start], put(found.kind)]
        end = found.end
    return "".join([*parts, text[end:]])


def is_discreet(address: str) -> bool:
    """Whether an address (path and query) holds no personal number, so that it may stand in another address."""
    return not any(find(unquote_plus(address)))


class RedactingFormatter(logging.Formatter):
    """A line of the log with its traceback, without personal numbers, whoever wrote it."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def guard_standard_error() -> None:
    """What no handler catches is printed by Python itself: from now on without personal numbers too."""
    sys.excepthook = lambda kind, fault, trace: _print(traceback.format_exception(kind, fault, trace))
    threading.excepthook = _of_thread


def _of_thread(told: Any) -> None:
    if told.exc_type is not SystemExit:
        _print(traceback.format_exception(told.exc_type, told.exc_value, told.exc_traceback))


def _print(lines: list[str]) -> None:
    sys.stderr.write(redact("".join(lines)))
