"""The number of a case: division, day, serial, check digit (ISO/IEC 7064 MOD 11-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

SERIALS = 1_000_000  # the sequence starts again after the last one
LENGTH = 21


@dataclass(frozen=True, slots=True)
class CaseNumber:
    division: str
    day: date
    serial: int

    def __str__(self) -> str:
        body = f"{self.division}{self.day:%Y%m%d}{self.serial:06d}"
        return body + check_digit(body)


def check_digit(digits: str) -> str:
    """The digit that completes the string so that `is_valid` holds. Hybrid system MOD 11-10: a decimal digit."""
    return str((11 - _product(digits)) % 10)


def is_valid(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return digits.isascii() and digits.isdigit() and len(digits) > 1 and digits[-1] == check_digit(digits[:-1])


def check_case_number(text: str) -> bool:
    """Whether the text is a well-formed case number with the right check digit."""
    return read_case_number(text) is not None


def read_case_number(text: str) -> CaseNumber | None:
    """The parts of a case number, or None if it is not one. Spaces are ignored, since people copy numbers in groups."""
    digits = "".join(text.split())
    if len(digits) != LENGTH or not is_valid(digits):
        return None
    try:
        day = datetime.strptime(digits[6:14], "%Y%m%d").date()
    except ValueError:
        return None
    return CaseNumber(digits[:6], day, int(digits[14:20]))


def _product(digits: str) -> int:
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return product
