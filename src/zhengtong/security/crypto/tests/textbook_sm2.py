"""SM2 as the standard writes it down, with Python's integers: slow, and for cross-checking only."""

from __future__ import annotations

import hashlib

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
Point = tuple[int, int] | None


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def times(k: int, point: Point) -> Point:
    result: Point = None
    while k:
        if k & 1:
            result = add(result, point)
        point, k = add(point, point), k >> 1
    return result


def za(public: tuple[int, int], identity: bytes) -> bytes:
    length = (8 * len(identity)).to_bytes(2, "big")
    return sm3(length + identity + b"".join(map(number, (A, B, *G, *public))))


def digest(public: tuple[int, int], identity: bytes, message: bytes) -> int:
    return int.from_bytes(sm3(za(public, identity) + message), "big")


def sign(d: int, e: int, k: int) -> tuple[int, int]:
    x, _ = times(k, G)
    r = (e + x) % N
    return r, pow(1 + d, -1, N) * (k - r * d) % N


def verifies(public: tuple[int, int], e: int, r: int, s: int) -> bool:
    found = add(times(s, G), times((r + s) % N, public))
    return found is not None and r == (e + found[0]) % N


def encrypt(public: tuple[int, int], message: bytes, k: int) -> tuple[tuple[int, int], bytes, bytes]:
    """C1, C3, C2."""
    x, y = times(k, public)
    stream, counter = b"", 1
    while len(stream) < len(message):
        stream += sm3(number(x) + number(y) + counter.to_bytes(4, "big"))
        counter += 1
    masked = bytes(a ^ b for a, b in zip(message, stream, strict=False))
    return times(k, G), sm3(number(x) + message + number(y)), masked


def der(*values: int) -> bytes:
    """SEQUENCE of INTEGERs, each below 2^256."""
    body = b""
    for value in values:
        content = value.to_bytes(value.bit_length() // 8 + 1, "big")
        body += bytes([2, len(content)]) + content
    return bytes([0x30, len(body)]) + body


def read_der(data: bytes) -> tuple[int, int]:
    size = data[3]
    return int.from_bytes(data[4 : 4 + size], "big"), int.from_bytes(data[6 + size :], "big")
