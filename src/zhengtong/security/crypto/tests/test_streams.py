"""Streams of backups: what was sealed comes back, and nothing else opens."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zhengtong.security.crypto import rules, wire
from zhengtong.security.crypto.rules.streams import CHUNK, HEADER_BYTES, TAG

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
KEYS = {wire.name_of(KEY): KEY}
BLOCK = CHUNK + TAG


def sealed(plain: bytes, name: str = "x/base.tar") -> bytes:
    return b"".join(wire.seal_stream(KEY, name, _cut(plain)))


def opened(data: bytes, name: str = "x/base.tar") -> bytes:
    return b"".join(wire.open_stream(KEYS, name, _cut(data)))


def _cut(data: bytes) -> Iterator[bytes]:
    """In uneven pieces, as pipes and networks give them."""
    chance, at = random.Random(len(data)), 0
    while at < len(data):
        size = chance.choice((1, 43, 65_536, 900_000))
        yield data[at : at + size]
        at += size


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_what_was_sealed_comes_back(size: int) -> None:
    plain = os.urandom(size)
    assert opened(sealed(plain)) == plain


def test_the_format_as_documented_opens_it_with_nothing_of_ours() -> None:
    plain = os.urandom(CHUNK + 5)
    data = sealed(plain, "名/base.tar")
    assert data[:8] == b"ZTBKUP1\n"
    assert data[8:12].hex() == wire.name_of(KEY)
    key = HKDF(SHA256(), 32, data[12:44], b"zhengtong backup 1\0" + "名/base.tar".encode()).derive(KEY)
    first = AESGCM(key).decrypt(bytes(12), data[44 : 44 + BLOCK], None)
    last = AESGCM(key).decrypt(bytes(10) + b"\1\1", data[44 + BLOCK :], None)
    assert first + last == plain


def test_whatever_is_altered_does_not_open() -> None:
    data = sealed(os.urandom(2 * CHUNK + 100))
    for place in (0, 9, 20, HEADER_BYTES, HEADER_BYTES + BLOCK - 1, HEADER_BYTES + BLOCK, len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(wire.Undecryptable):
            opened(bytes(changed))


@pytest.mark.parametrize(
    "keep", [0, 20, HEADER_BYTES, HEADER_BYTES + 10, HEADER_BYTES + BLOCK, HEADER_BYTES + 2 * BLOCK, -1]
)
def test_whatever_is_cut_off_does_not_open(keep: int) -> None:
    with pytest.raises(wire.Undecryptable):
        opened(sealed(os.urandom(2 * CHUNK + 100))[:keep])


def test_chunks_cannot_change_places_nor_streams_their_names() -> None:
    data = sealed(os.urandom(3 * CHUNK))
    blocks = [data[HEADER_BYTES + i * BLOCK : HEADER_BYTES + (i + 1) * BLOCK] for i in range(3)]
    for order in ((1, 0, 2), (0, 2), (0, 0, 2), (0, 1, 2, 2)):
        with pytest.raises(wire.Undecryptable):
            opened(data[:HEADER_BYTES] + b"".join(blocks[i] for i in order))
    with pytest.raises(wire.Undecryptable):
        opened(data, "y/base.tar")


def test_another_key_is_named() -> None:
    data = b"".join(wire.seal_stream(OTHER, "x", [b"1"]))
    with pytest.raises(wire.OtherKey) as fault:
        opened(data, "x")
    assert fault.value.name == wire.name_of(OTHER)


def test_the_key_comes_back_from_two_of_three_shares() -> None:
    shares = [str(s) for s in rules.split(KEY, name=wire.name_of(KEY))]
    assert wire.from_shares(shares[1:]) == KEY
    for wrong, words in (
        (shares[:1], "too few"),
        ([shares[0], shares[1][:20] + ("7" if shares[1][20] != "7" else "A") + shares[1][21:]], "share 2 was mistyped"),
        ([shares[0], "ZT1-nonsense"], "share 2 is no share"),
        ([shares[0], str(rules.split(OTHER, name=wire.name_of(OTHER))[1])], "not of one key"),
    ):
        with pytest.raises(ValueError, match=words):
            wire.from_shares(wrong)


def test_a_text_that_is_no_key_is_refused() -> None:
    for text in ("", "abc", "AAAA", "😀"):
        with pytest.raises(ValueError, match="not a node key"):
            wire.read_key(text)
