"""What works without Django or a database: long streams under the node key, and the node key from its shares."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

from .rules import KEY_BYTES, Share, ShareFault, combine, name_of
from .rules.ciphers import Undecryptable
from .rules.streams import OtherKey, open_stream, seal_stream

__all__ = [
    "OtherKey", "Undecryptable", "blind_name", "from_shares", "name_of", "open_stream", "read_key", "seal_stream",
]  # fmt: skip


def read_key(text: str) -> bytes:
    """The node key of its text, Base64 of 32 bytes. Raises ValueError."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:  # binascii.Error, or letters beyond ASCII
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("not a node key: it must be the Base64 text of 32 bytes")
    return key


def from_shares(texts: Sequence[str]) -> bytes:
    """The node key of enough of its shares. Raises ValueError, which says what is wrong with them."""
    words = {
        "form": "is no share, or not complete", "check": "was mistyped: its check characters do not fit",
        "mixed": "the shares are not of one key", "few": "these are too few shares",
    }  # fmt: skip
    shares: list[Share] = []
    try:
        for text in texts:
            shares.append(Share.read(text))
        key = combine(shares)
    except ShareFault as fault:
        where = f"share {len(shares) + 1} " if len(shares) < len(texts) else ""
        raise ValueError(where + words[fault.kind]) from fault
    if len(key) != KEY_BYTES or name_of(key) != shares[0].name:
        raise ValueError(words["mixed"])
    return key


def blind_name(node_key: bytes, text: str) -> str:
    """A name under which a store that must learn nothing keeps something: 64 hexadecimal digits."""
    return hmac.digest(node_key, b"zhengtong backup name\0" + text.encode(), "sha256").hex()
