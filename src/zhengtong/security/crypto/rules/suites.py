"""A suite: the algorithms a node works with. What was made under another suite stays readable and verifiable."""

from __future__ import annotations

from dataclasses import dataclass

from .ciphers import AES_256_GCM, SM4_GCM
from .codes import HMAC_SHA_256, HMAC_SM3, SHA_256, SM3
from .signatures import ED25519, SM2


@dataclass(frozen=True, slots=True)
class Suite:
    """Names of algorithms. The Merkle tree of the log is SHA-256 in every suite, and its heads carry Ed25519."""

    key: str
    signature: str
    digest: str
    cipher: str
    code: str


SUITES = {
    suite.key: suite
    for suite in (
        Suite("default", ED25519, SHA_256, AES_256_GCM, HMAC_SHA_256),
        Suite("national", SM2, SM3, SM4_GCM, HMAC_SM3),
    )
}
