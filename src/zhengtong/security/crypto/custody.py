"""Where private signing keys live. The node's own way is `software`; another (an HSM) registers beside it.

No hardware is shipped. A provider for one keeps the private key inside, gives the ring a handle (say, the key's label)
instead of the key, and signs by it; rotation, rights, records and verification stay as they are. Data and index keys
are always the node's own: they are used thousands of times a second.
"""

from __future__ import annotations

from typing import Protocol

from zhengtong.kernel.registry import Registry

from . import rules
from .rules import Signer


class KeyProvider(Protocol):
    """Makes, uses and destroys private signing keys."""

    def make(self, algorithm: str) -> tuple[bytes, bytes]:
        """A new key: (what the ring keeps, wrapped by the node key; the raw public key)."""
        ...

    def open(self, algorithm: str, handle: bytes) -> Signer:
        """The key of a handle, ready for work. Raises ValueError when it is not there."""
        ...

    def destroy(self, algorithm: str, handle: bytes) -> None:
        """Make the key unusable for ever. The ring's own copy of the handle is erased by the caller."""
        ...


class Software:
    """The private key itself is the handle."""

    def make(self, algorithm: str) -> tuple[bytes, bytes]:
        secret = rules.make_signing_key(algorithm)
        return secret, rules.public_of(secret, algorithm)

    def open(self, algorithm: str, handle: bytes) -> Signer:
        return rules.open_signer(handle, algorithm)

    def destroy(self, algorithm: str, handle: bytes) -> None:
        """Nothing lies elsewhere."""


KEY_PROVIDERS: Registry[KeyProvider] = Registry("key provider")
KEY_PROVIDERS.register("software", Software())
