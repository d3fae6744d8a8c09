"""Symmetrical keys at work: what the node's ring does once it is unwrapped, in whatever process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .ciphers import decrypt, encrypt
from .codes import mac


@dataclass(frozen=True, slots=True)
class Secret:
    """One version of a symmetrical key."""

    version: int
    algorithm: str
    key: bytes

    def encrypt(self, text: str) -> bytes:
        return encrypt(self.key, self.version, text, self.algorithm)

    def decrypt(self, sealed: bytes) -> str:
        """Raises Undecryptable."""
        return decrypt(self.key, sealed, self.algorithm)

    def blind(self, text: str, context: str) -> bytes:
        """The keyed digest (32 bytes) by which an encrypted text is found again."""
        return mac(self.key, context, text.encode(), self.algorithm)


def blind_indexes(keys: Mapping[int, Secret], text: str, context: str) -> list[bytes]:
    """The digest under every index key, the working one first: what a stored index may look like."""
    return [keys[version].blind(text, context) for version in sorted(keys, reverse=True)]
