"""How the node key wraps the keys of the ring, and the token by which the database gives them out."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
from collections.abc import Iterable

from .ciphers import AES_256_GCM, Undecryptable, open_bytes, seal_bytes
from .codes import HMAC_SM3, mac
from .forms import KEY_BYTES


def read_key(text: str) -> bytes:
    """The node key of its text, Base64 of 32 bytes. Raises ValueError."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:  # binascii.Error, or letters beyond ASCII
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("not a node key: it must be the Base64 text of 32 bytes")
    return key


def binding_of(key_id: str, purpose: str, version: int) -> bytes:
    """What the wrapping authenticates with the key: a row cannot take another's place."""
    return f"zhengtong key {key_id} {purpose} {version}".encode()


def wrap(node_key: bytes, secret: bytes, binding: bytes, algorithm: str) -> bytes:
    return seal_bytes(_wrapping_key(node_key, algorithm), secret, binding, algorithm)


def unwrap(node_keys: Iterable[bytes], wrapped: bytes, binding: bytes, algorithm: str) -> bytes:
    """The secret, by the first key that opens it. Raises Undecryptable."""
    for node_key in node_keys:
        with contextlib.suppress(Undecryptable):
            return open_bytes(_wrapping_key(node_key, algorithm), wrapped, binding, algorithm)
    raise Undecryptable("none of the node keys opens it")


def _wrapping_key(node_key: bytes, algorithm: str) -> bytes:
    """AES takes the node key itself; SM4 a key drawn from it."""
    if algorithm == AES_256_GCM:
        return node_key
    return mac(node_key, "zhengtong wrapping", b"SM4-GCM", HMAC_SM3)[:16]


def token(node_key: bytes) -> bytes:
    """What opens the ring's table to who has the node key; it unwraps nothing."""
    return hmac.digest(node_key, b"zhengtong token of the key ring", "sha256")


def digest_of_token(node_key: bytes) -> bytes:
    """What the database keeps of the token."""
    return hashlib.sha256(token(node_key)).digest()
