"""Shamir's sharing of a secret over GF(256): any `needed` of the shares give it back, fewer say nothing of it.

One polynomial for each byte, arithmetic modulo x^8 + x^4 + x^3 + x + 1 (the field of AES), the share's number as x.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MARK = "ZT1"
_CHECK_CHARACTERS = 4


class ShareFault(ValueError):
    """A share that was mistyped, or shares that do not belong together. `kind` says which."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind  # "form" | "check" | "mixed" | "few"


@dataclass(frozen=True, slots=True)
class Share:
    """One part. `name` tells which secret it belongs to; `number` runs from 1."""

    name: str
    needed: int
    number: int
    data: bytes

    def __str__(self) -> str:
        """ZT1-NAME-2-1-<Base32>-<check>: letters and digits that can be read aloud, with four that catch a slip."""
        body = base64.b32encode(self.data).decode().rstrip("=")
        text = f"{_MARK}-{self.name.upper()}-{self.needed}-{self.number}-{body}"
        return f"{text}-{_check(text)}"

    @classmethod
    def read(cls, text: str) -> Share:
        """A share as somebody typed it; spaces and small letters do not matter. Raises ShareFault."""
        clean = "".join(text.split()).upper()
        try:
            mark, name, needed, number, body, check = clean.split("-")
            if check != _check(clean.rpartition("-")[0]):
                raise ShareFault("check")
            data = base64.b32decode(body + "=" * (-len(body) % 8))
            share = cls(name.lower(), int(needed), int(number), data)
        except ShareFault:
            raise
        except ValueError as fault:
            raise ShareFault("form") from fault
        if mark != _MARK or not 1 <= share.number <= 255 or share.needed < 2:
            raise ShareFault("form")
        return share


def _check(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:_CHECK_CHARACTERS]


def split(secret: bytes, *, name: str, needed: int = 2, total: int = 3) -> list[Share]:
    """`total` shares of which any `needed` give the secret back. Raises ValueError on numbers that make no sense."""
    if not 2 <= needed <= total <= 255:
        raise ValueError("2 ≤ needed ≤ total ≤ 255")
    rows = [bytes([byte]) + secrets.token_bytes(needed - 1) for byte in secret]  # coefficients, lowest first
    return [Share(name, needed, x, bytes(_value_at(row, x) for row in rows)) for x in range(1, total + 1)]


def combine(shares: Sequence[Share]) -> bytes:
    """The secret. Raises ShareFault: too few, or not of one secret. Wrong data cannot be told here: compare `name`."""
    points = {share.number: share for share in shares}
    kinds = {(share.name, share.needed, len(share.data)) for share in shares}
    if len(kinds) > 1 or len(points) < len({share.data for share in shares}):
        raise ShareFault("mixed")
    if not points or len(points) < next(iter(points.values())).needed:
        raise ShareFault("few")
    weights = {x: _weight(x, list(points)) for x in points}
    size = len(next(iter(points.values())).data)
    return bytes(_sum(_times(weights[x], share.data[i]) for x, share in points.items()) for i in range(size))


def _value_at(coefficients: bytes, x: int) -> int:
    """Horner's rule in the field."""
    value = 0
    for coefficient in reversed(coefficients):
        value = _times(value, x) ^ coefficient
    return value


def _weight(x: int, numbers: list[int]) -> int:
    """Lagrange's basis polynomial of x, at 0."""
    weight = 1
    for other in numbers:
        if other != x:
            weight = _times(weight, _times(other, _inverse(other ^ x)))
    return weight


def _sum(terms: Iterable[int]) -> int:
    total = 0
    for term in terms:
        total ^= term
    return total


def _times(a: int, b: int) -> int:
    """Multiplication in GF(256), in the same steps whatever the numbers are."""
    product = 0
    for _ in range(8):
        product ^= a & -(b & 1)
        a = (a << 1) ^ (0x11B & -(a >> 7))
        b >>= 1
    return product


def _inverse(a: int) -> int:
    """a^254: the group has 255 elements."""
    result = 1
    for _ in range(254):
        result = _times(result, a)
    return result
