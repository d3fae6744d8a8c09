"""Identity numbers, credit codes and licence numbers over whole arrays (GB 11643, GB 11714, GB 32100; GB/T 17710
MOD 11,10).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from zhengtong.kernel.identifiers import (
    USCC_ALPHABET,
    id_check_character,
    organisation_code_check_character,
    uscc_check_character,
)
from zhengtong.resources.registers.synth.draws import Whole

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = pl.Series(list("10X98765432"))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS = [0, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]  # by the sum's rest: 11 - rest, 11 → 0; 10 is written X
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_X = USCC_ALPHABET.index("X")


def digits(numbers: Whole, length: int) -> list[Whole]:
    """The decimal digits of each number, the highest first."""
    found = []
    rest = numbers.copy()
    for _ in range(length):
        upper = rest // 10
        found.append(rest - upper * 10)
        rest = upper
    return found[::-1]


def id_numbers(area: Whole, day: Whole, serial: Whole) -> pl.Series:
    """Area (6 digits), day (YYYYMMDD), serial (1 to 999, odd for men) → numbers with their check character."""
    body = (area * 100_000_000 + day) * 1000 + serial
    total = sum(w * d for w, d in zip(_ID_WEIGHTS, digits(body, 17), strict=True))
    return pl.Series(body).cast(pl.String) + _ID_CHECKS.gather(np.asarray(total) % 11)


def with_check(body: str) -> str:
    """One identity number from its first 17 digits."""
    return body + id_check_character(body)


def usccs(category: pl.Series, area: Whole, serial: Whole) -> pl.Series:
    """Category (places 1 and 2, digits), division, serial of at most 8 digits → credit codes."""
    organisation = digits(serial, 8)
    rest = np.asarray(sum(w * d for w, d in zip(_ORGANISATION_WEIGHTS, organisation, strict=True))) % 11
    ninth = np.asarray(_ORGANISATION_CHECKS)[rest]
    values = [*digits(category.cast(pl.Int64).to_numpy(), 2), *digits(area, 6), *organisation]
    values.append(np.where(ninth == 10, _USCC_X, ninth))
    total = np.asarray(sum(w * v for w, v in zip(_USCC_WEIGHTS, values, strict=True)))
    letters = pl.Series(list(USCC_ALPHABET))
    body = category + pl.Series(area).cast(pl.String) + padded(serial, 8)
    return body + letters.gather(values[-1]) + letters.gather((31 - total % 31) % 31)


def uscc(category: str, area: str, organisation: str) -> str:
    """One credit code; `organisation` is the organisation code's first eight characters."""
    body = category + area + organisation + organisation_code_check_character(organisation)
    return body + uscc_check_character(body)


def padded(numbers: Whole, width: int) -> pl.Series:
    return pl.Series(numbers).cast(pl.String).str.zfill(width)


def mod_11_10(body: str) -> str:
    """The check digit of GB/T 17710 MOD 11,10 (licences of food operators; the use there is unverified)."""
    rest = 10
    for digit in body:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - rest) % 10)


def licence_numbers(head: pl.Series, area: Whole, serial: Whole) -> pl.Series:
    """JY, business kind, division, serial of six, check digit: 食品经营许可证编号."""
    body = head + pl.Series(area).cast(pl.String) + padded(serial, 6)
    rest = np.full(len(body), 10)
    for digit in digits(body.cast(pl.Int64).to_numpy(), 13):
        total = (rest + digit) % 10
        rest = np.where(total == 0, 10, total) * 2 % 11
    return "JY" + body + pl.Series((11 - rest) % 10).cast(pl.String)
