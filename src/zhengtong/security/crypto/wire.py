"""What works without Django: long streams under the node key, the node key from its shares, and the ring's data and
index keys, read by plain SQL and unwrapped in whatever process."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .rules import (
    KEY_BYTES,
    Secret,
    Share,
    ShareFault,
    binding_of,
    blind_indexes,
    combine,
    key_version_of,
    name_of,
    read_key,
    token,
    unwrap,
)
from .rules.ciphers import Undecryptable
from .rules.streams import OtherKey, open_stream, seal_stream

__all__ = [
    "RING", "RING_STATE", "Keys", "OtherKey", "Undecryptable", "blind_name", "from_shares", "name_of", "node_keys",
    "open_stream", "read_key", "read_ring", "seal_stream", "token",
]  # fmt: skip

# what tells one state of the ring from another
RING_STATE = "SELECT keys, newest, retired_at, destroyed_at FROM security_crypto_ring_state()"
# keys that encrypt and find; %(token)s is that of the node key
RING = """
SELECT key_id, purpose, version, algorithm, wrapped, wrapping FROM security_crypto_ring(%(token)s)
WHERE purpose IN ('data', 'index') AND destroyed_at IS NULL ORDER BY version, id
"""


@dataclass(frozen=True, slots=True)
class Keys:
    """The ring's data and index keys, every version that is not destroyed."""

    data: dict[int, Secret] = field(default_factory=dict)
    index: dict[int, Secret] = field(default_factory=dict)

    def decrypt(self, sealed: bytes) -> str:
        """Raises Undecryptable: altered, or made under a key that is not here (read the ring anew)."""
        version = key_version_of(sealed)
        if version not in self.data:
            raise Undecryptable(f"the ring has no version {version} of the data key")
        return self.data[version].decrypt(sealed)

    def blind_indexes(self, text: str, context: str) -> list[bytes]:
        return blind_indexes(self.index, text, context)


def node_keys(key_file: Path) -> list[bytes]:
    """The node key, and the next one while it is being changed: of the environment, else of the file and its
    neighbour. Raises OSError, ValueError."""
    if text := os.environ.get("ZT_NODE_KEY", ""):
        return [read_key(one) for one in (text, os.environ.get("ZT_NODE_KEY_NEXT", "")) if one]
    following = key_file.with_name(f"{key_file.name}.next")
    return [read_key(file.read_text()) for file in (key_file, following) if file == key_file or file.exists()]


def read_ring(rows: Iterable[Sequence[Any]], keys: Sequence[bytes]) -> Keys:
    """The keys of the rows of RING. Raises Undecryptable where no node key opens one."""
    found = Keys()
    for key_id, purpose, version, algorithm, wrapped, wrapping in rows:
        secret = unwrap(keys, bytes(wrapped), binding_of(key_id, purpose, version), wrapping)
        kept = found.data if purpose == "data" else found.index
        kept[version] = Secret(version, algorithm, secret)
    return found


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
