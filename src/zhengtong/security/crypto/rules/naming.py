"""How people tell node keys apart."""

from __future__ import annotations

import hmac

NAME_BYTES = 4


def name_of(node_key: bytes) -> str:
    """Eight hexadecimal digits; they tell nothing of the key."""
    return hmac.digest(node_key, b"zhengtong node key name", "sha256")[:NAME_BYTES].hex()
