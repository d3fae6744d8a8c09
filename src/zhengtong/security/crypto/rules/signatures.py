"""Signatures by algorithm: Ed25519 (RFC 8032, 64 bytes) and SM2 with SM3 (GB/T 32918.2, DER of r and s)."""

from __future__ import annotations

import secrets
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from . import sm2
from .forms import KEY_BYTES, algorithm_of

ED25519 = "Ed25519"
SM2 = "SM2"


class Signer(Protocol):
    """A private key that can be used, by several threads at once."""

    def sign(self, data: bytes) -> bytes:
        """64 bytes of Ed25519, or DER of r and s of SM2 (with SM3 and the ID 1234567812345678)."""
        ...


def make_signing_key(algorithm: str) -> bytes:
    """A new private key, 32 raw bytes. Raises Sm2Unavailable."""
    if algorithm == SM2:
        return sm2.make_secret()
    return secrets.token_bytes(KEY_BYTES)


def public_of(secret: bytes, algorithm: str = ED25519) -> bytes:
    """The raw public key: 32 bytes of Ed25519, 65 of SM2. Raises Sm2Unavailable."""
    if algorithm == SM2:
        return sm2.public_of(secret)
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
    return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def open_signer(secret: bytes, algorithm: str) -> Signer:
    """The private key ready for work. Raises Sm2Unavailable."""
    return sm2.PrivateKey(secret) if algorithm == SM2 else Ed25519PrivateKey.from_private_bytes(secret)


def verify(public_key: bytes, data: bytes, value: bytes) -> bool:
    """Is `value` the signature of `data` by this raw public key? Its form decides the algorithm.

    Raises Sm2Unavailable: "cannot be checked here" is not "false".
    """
    try:
        algorithm = algorithm_of(public_key)
    except ValueError:
        return False
    return sm2.verify(public_key, data, value) if algorithm == SM2 else verify_ed25519(public_key, data, value)


def verify_ed25519(public_key: bytes, data: bytes, value: bytes) -> bool:
    """Is `value` the signature of `data` by the raw 32-byte `public_key`? (RFC 8032)"""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(value, data)
    except (InvalidSignature, ValueError):
        return False
    return True
