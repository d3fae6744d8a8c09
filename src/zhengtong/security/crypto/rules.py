"""Algorithms on plain bytes, without Django: Ed25519, AES-256-GCM, HMAC-SHA-256, and the forms of a public key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ED25519 = "Ed25519"
AES_256_GCM = "AES-256-GCM"
HMAC_SHA_256 = "HMAC-SHA-256"
KEY_BYTES = 32
_NONCE_BYTES = 12
_HEADER = struct.Struct(">BH")  # format 1, key version
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: SubjectPublicKeyInfo of an Ed25519 key


class Undecryptable(ValueError):
    """The bytes are not what this key made: another key, or altered."""


def seal_bytes(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """nonce ‖ AES-256-GCM ciphertext and tag; `bound_to` is authenticated with it and must be given again to open."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def open_bytes(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The plain bytes. Raises Undecryptable."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as fault:
        raise Undecryptable("wrong key, or altered bytes") from fault


def encrypt(key: bytes, version: int, text: str) -> bytes:
    """The text under one version of the data key. The header (format, version) is authenticated."""
    header = _HEADER.pack(1, version)
    return header + seal_bytes(key, text.encode(), header)


def key_version_of(sealed: bytes) -> int:
    """Which version of the data key made these bytes. Raises Undecryptable on anything `encrypt` did not make."""
    if len(sealed) < _HEADER.size + _NONCE_BYTES or sealed[0] != 1:
        raise Undecryptable("not an encrypted text of this house")
    return int(_HEADER.unpack_from(sealed)[1])


def decrypt(key: bytes, sealed: bytes) -> str:
    """The text. Raises Undecryptable."""
    return open_bytes(key, sealed[_HEADER.size :], sealed[: _HEADER.size]).decode()


def mac(key: bytes, context: str, data: bytes) -> bytes:
    """HMAC-SHA-256 under a key of its own for each context (32 bytes)."""
    return hmac.digest(key_for(key, context), data, "sha256")


def key_for(key: bytes, context: str) -> bytes:
    """The key of one context, drawn from the node's."""
    return hmac.digest(key, context.encode(), "sha256")


def verify_ed25519(public_key: bytes, data: bytes, value: bytes) -> bool:
    """Is `value` the signature of `data` by the raw 32-byte `public_key`? (RFC 8032)"""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(value, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_of(private: bytes) -> bytes:
    """The raw public key of a raw Ed25519 private key."""
    public = Ed25519PrivateKey.from_private_bytes(private).public_key()
    return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def as_der(public_key: bytes) -> bytes:
    """SubjectPublicKeyInfo, as `openssl pkey -pubin -outform DER` writes it."""
    return _SPKI_PREFIX + public_key


def as_pem(public_key: bytes) -> str:
    """The public key as a PEM text for openssl."""
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(as_der(public_key)).decode()}\n-----END PUBLIC KEY-----\n"


def from_pem(text: str) -> list[bytes]:
    """Every raw Ed25519 public key in a PEM text. Raises ValueError on a key of another kind."""
    keys = []
    for block in text.split("-----BEGIN PUBLIC KEY-----")[1:]:
        der = base64.b64decode("".join(block.split("-----END PUBLIC KEY-----")[0].split()), validate=True)
        if len(der) != len(_SPKI_PREFIX) + KEY_BYTES or not der.startswith(_SPKI_PREFIX):
            raise ValueError("not an Ed25519 public key")
        keys.append(der[len(_SPKI_PREFIX) :])
    return keys


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of the DER form, hexadecimal: what people compare. `openssl pkey -pubin -outform DER | sha256sum`."""
    return hashlib.sha256(as_der(public_key)).hexdigest()
