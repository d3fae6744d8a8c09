"""Encryption with authentication: AES-256-GCM, and SM4-GCM (RFC 8998) of the national suite."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AES_256_GCM = "AES-256-GCM"
SM4_GCM = "SM4-GCM"
_KEY_BYTES = {AES_256_GCM: 32, SM4_GCM: 16}
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEADER = struct.Struct(">BH")  # format 1, key version


class Undecryptable(ValueError):
    """The bytes are not what this key made: another key, or altered."""


def make_cipher_key(algorithm: str) -> bytes:
    """A new random key of the length the algorithm takes."""
    return os.urandom(_KEY_BYTES[algorithm])


def seal_bytes(key: bytes, plain: bytes, bound_to: bytes, algorithm: str = AES_256_GCM) -> bytes:
    """nonce ‖ ciphertext ‖ tag; `bound_to` is authenticated with it and must be given again to open."""
    nonce = os.urandom(_NONCE_BYTES)
    if algorithm == AES_256_GCM:
        return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)
    work = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    work.authenticate_additional_data(bound_to)
    return nonce + work.update(plain) + work.finalize() + work.tag


def open_bytes(key: bytes, sealed: bytes, bound_to: bytes, algorithm: str = AES_256_GCM) -> bytes:
    """The plain bytes. Raises Undecryptable."""
    nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        if algorithm == AES_256_GCM:
            return AESGCM(key).decrypt(nonce, body, bound_to)
        work = Cipher(algorithms.SM4(key), modes.GCM(nonce, body[-_TAG_BYTES:])).decryptor()
        work.authenticate_additional_data(bound_to)
        return work.update(body[:-_TAG_BYTES]) + work.finalize()
    except (InvalidTag, ValueError) as fault:
        raise Undecryptable("wrong key, or altered bytes") from fault


def encrypt(key: bytes, version: int, text: str, algorithm: str = AES_256_GCM) -> bytes:
    """The text under one version of the data key. The header (format, version) is authenticated."""
    header = _HEADER.pack(1, version)
    return header + seal_bytes(key, text.encode(), header, algorithm)


def encrypter(key: bytes, version: int, algorithm: str = AES_256_GCM) -> Callable[[str], bytes]:
    """`encrypt` for many: the key is set up once."""
    if algorithm != AES_256_GCM:
        return lambda text: encrypt(key, version, text, algorithm)
    header, seal = _HEADER.pack(1, version), AESGCM(key).encrypt

    def one(text: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return header + nonce + seal(nonce, text.encode(), header)

    return one


def key_version_of(sealed: bytes) -> int:
    """Which version of the data key made these bytes. Raises Undecryptable on anything `encrypt` did not make."""
    if len(sealed) < _HEADER.size + _NONCE_BYTES or sealed[0] != 1:
        raise Undecryptable("not an encrypted text of this house")
    return int(_HEADER.unpack_from(sealed)[1])


def decrypt(key: bytes, sealed: bytes, algorithm: str = AES_256_GCM) -> str:
    """The text. Raises Undecryptable."""
    return open_bytes(key, sealed[_HEADER.size :], sealed[: _HEADER.size], algorithm).decode()
