"""Long streams under the node key, in pieces of constant memory: what backups are made of. Frozen as format 1.

Header, 44 bytes: `ZTBKUP1\\n`, the name of the node key (4 bytes), a random salt (32 bytes). Key of the stream:
HKDF-SHA-256 of the node key with that salt and the info `zhengtong backup 1`, a zero byte, the stream's name in UTF-8.
Then chunks of 1 MiB plain text, each AES-256-GCM with its tag behind it; the nonce is the chunk's number (11 bytes, big
end first) and a byte that is 1 for the last chunk only. So a chunk that is altered, moved, missing or cut off, and a
stream under another's name, do not open.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .ciphers import Undecryptable
from .naming import NAME_BYTES, name_of

MAGIC = b"ZTBKUP1\n"
SALT_BYTES = 32
HEADER_BYTES = len(MAGIC) + NAME_BYTES + SALT_BYTES
CHUNK = 1 << 20
TAG = 16


class OtherKey(Undecryptable):
    """The stream lies under a node key that was not given; `name` tells which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"under the node key {name}")
        self.name = name


def seal_stream(node_key: bytes, name: str, plain: Iterable[bytes]) -> Iterator[bytes]:
    """The sealed bytes, chunk by chunk. `name` must be given again to open them."""
    salt = os.urandom(SALT_BYTES)
    cipher = _cipher(node_key, salt, name)
    yield MAGIC + bytes.fromhex(name_of(node_key)) + salt
    for number, chunk, is_last in _numbered(plain, CHUNK):
        yield cipher.encrypt(_nonce(number, is_last), chunk, None)


def open_stream(node_keys: Mapping[str, bytes], name: str, sealed: Iterable[bytes]) -> Iterator[bytes]:
    """The plain bytes; `node_keys` by their names. A fault may show only at the end: use nothing before.

    Raises OtherKey, Undecryptable (altered, cut off, not of this format, another stream).
    """
    pieces = iter(sealed)
    header, rest = _take(pieces, HEADER_BYTES)
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise Undecryptable("not a piece of a backup, or its beginning is missing")
    key_name = header[len(MAGIC) : len(MAGIC) + NAME_BYTES].hex()
    if key_name not in node_keys:
        raise OtherKey(key_name)
    cipher = _cipher(node_keys[key_name], header[-SALT_BYTES:], name)
    for number, chunk, is_last in _numbered(_chain(rest, pieces), CHUNK + TAG):
        try:
            yield cipher.decrypt(_nonce(number, is_last), chunk, None)
        except (InvalidTag, ValueError) as fault:
            raise Undecryptable(f"altered or cut off at chunk {number}") from fault


def _cipher(node_key: bytes, salt: bytes, name: str) -> AESGCM:
    info = b"zhengtong backup 1\0" + name.encode()
    return AESGCM(HKDF(SHA256(), 32, salt, info).derive(node_key))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _numbered(pieces: Iterable[bytes], size: int) -> Iterator[tuple[int, bytes, bool]]:
    """The stream cut anew: number, `size` bytes, is it the last. There is always a last one, be it empty."""
    number, held = 0, bytearray()
    for piece in pieces:
        held += piece
        while len(held) > size:
            yield number, bytes(held[:size]), False
            del held[:size]
            number += 1
    yield number, bytes(held), True


def _take(pieces: Iterator[bytes], size: int) -> tuple[bytes, bytes]:
    held = b""
    for piece in pieces:
        held += piece
        if len(held) >= size:
            break
    return held[:size], held[size:]


def _chain(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others
