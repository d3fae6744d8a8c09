"""How public keys are written. Raw: 32 bytes are an Ed25519 key, 65 bytes (04 ‖ x ‖ y) an SM2 key.

An RSA key, by which identity tokens are signed and nothing else, is kept as its SubjectPublicKeyInfo; it is no key of
receipts or checkpoints, and `algorithm_of` does not know it.
"""

from __future__ import annotations

import base64
import hashlib

KEY_BYTES = 32
_ED25519 = "Ed25519"
_SM2 = "SM2"
_SPKI_PREFIXES = {  # SubjectPublicKeyInfo up to the raw key
    _ED25519: bytes.fromhex("302a300506032b6570032100"),  # RFC 8410
    _SM2: bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200"),  # ecPublicKey on 1.2.156.10197.1.301
}
_RAW_BYTES = {_ED25519: KEY_BYTES, _SM2: 65}
_LONGEST_RAW = max(_RAW_BYTES.values())


def algorithm_of(public_key: bytes) -> str:
    """The algorithm a raw public key is for: the key decides, never what travels beside it. Raises ValueError."""
    for algorithm, size in _RAW_BYTES.items():
        if len(public_key) == size:
            return algorithm
    raise ValueError(f"a raw public key has 32 bytes (Ed25519) or 65 (SM2), not {len(public_key)}")


def as_der(public_key: bytes) -> bytes:
    """SubjectPublicKeyInfo, as `openssl pkey -pubin -outform DER` writes it."""
    if len(public_key) > _LONGEST_RAW:
        return public_key
    return _SPKI_PREFIXES[algorithm_of(public_key)] + public_key


def from_der(der: bytes) -> bytes:
    """The raw key of a SubjectPublicKeyInfo. Raises ValueError on a key of another kind."""
    for algorithm, prefix in _SPKI_PREFIXES.items():
        if der.startswith(prefix) and len(der) == len(prefix) + _RAW_BYTES[algorithm]:
            return der[len(prefix) :]
    raise ValueError("not an Ed25519 or SM2 public key")


def as_pem(public_key: bytes) -> str:
    """The public key as a PEM text for openssl."""
    text = base64.b64encode(as_der(public_key)).decode()
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def from_pem(text: str) -> list[bytes]:
    """Every raw public key in a PEM text. Raises ValueError on a key of another kind than Ed25519 and SM2."""
    blocks = text.split("-----BEGIN PUBLIC KEY-----")[1:]
    bodies = ["".join(block.split("-----END PUBLIC KEY-----")[0].split()) for block in blocks]
    return [from_der(base64.b64decode(body, validate=True)) for body in bodies]


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of the DER form, hexadecimal: what people compare. `openssl pkey -pubin -outform DER | sha256sum`."""
    return hashlib.sha256(as_der(public_key)).hexdigest()
