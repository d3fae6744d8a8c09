"""Signatures by algorithm: Ed25519 (RFC 8032, 64 bytes) and SM2 with SM3 (GB/T 32918.2, DER of r and s).

RSA (RSASSA-PKCS1-v1_5 with SHA-256) only signs, for identity tokens: OpenID Connect demands RS256 of every provider.
"""

from __future__ import annotations

import secrets
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from . import sm2
from .forms import KEY_BYTES, algorithm_of

ED25519 = "Ed25519"
SM2 = "SM2"
RSA = "RSA-3072"


class Signer(Protocol):
    """A private key that can be used, by several threads at once."""

    def sign(self, data: bytes) -> bytes:
        """64 bytes of Ed25519, or DER of r and s of SM2 (with SM3 and the ID 1234567812345678)."""
        ...


def make_signing_key(algorithm: str) -> bytes:
    """A new private key, 32 raw bytes; of RSA its PKCS #8 form. Raises Sm2Unavailable."""
    if algorithm == SM2:
        return sm2.make_secret()
    if algorithm == RSA:
        return _make_rsa()
    return secrets.token_bytes(KEY_BYTES)


def public_of(secret: bytes, algorithm: str = ED25519) -> bytes:
    """The raw public key: 32 bytes of Ed25519, 65 of SM2; of RSA its DER form. Raises Sm2Unavailable."""
    if algorithm == SM2:
        return sm2.public_of(secret)
    if algorithm == RSA:
        return RsaSigner(secret).public
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
    return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def open_signer(secret: bytes, algorithm: str) -> Signer:
    """The private key ready for work. Raises Sm2Unavailable."""
    if algorithm == RSA:
        return RsaSigner(secret)
    return sm2.PrivateKey(secret) if algorithm == SM2 else Ed25519PrivateKey.from_private_bytes(secret)


def _make_rsa() -> bytes:
    """Takes about half a second."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


class RsaSigner:
    """RSASSA-PKCS1-v1_5 with SHA-256: the RS256 of RFC 7518."""

    def __init__(self, secret: bytes) -> None:
        key = serialization.load_der_private_key(secret, None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("not an RSA key")
        self._key = key

    @property
    def public(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(serialization.Encoding.DER, form)

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())


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
