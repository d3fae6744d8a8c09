"""The node's keys at work: sign, verify, encrypt, decrypt, blind indexes. Keys are unwrapped once per process."""

from ..rules import Undecryptable, as_der, as_pem, fingerprint, from_der, from_pem, verify_ed25519
from ..rules import verify as verify_raw
from .faults import (
    KeyFault,
    KeyInUse,
    KeyRingEmpty,
    NodeKeyMissing,
    NodeKeyWrong,
    ProviderMissing,
    ShareRefused,
    SuiteUnusable,
)
from .node_key import ensure_node_key
from .ring import PublicKey, ensure_ring, forget_keys, rotate, suite
from .work import (
    Signature,
    blind_index,
    blind_indexes,
    decrypt,
    digest,
    encrypt,
    find_public_key,
    find_working_key,
    grants,
    mac,
    mac_for,
    public_keys,
    sign,
    sign_all,
    sign_as,
    verify,
)

__all__ = [
    "KeyFault", "KeyInUse", "KeyRingEmpty", "NodeKeyMissing", "NodeKeyWrong", "ProviderMissing", "PublicKey",
    "ShareRefused", "Signature", "SuiteUnusable", "Undecryptable", "as_der", "as_pem", "blind_index", "blind_indexes",
    "decrypt", "digest", "encrypt", "ensure_node_key", "ensure_ring", "find_public_key", "find_working_key",
    "fingerprint", "forget_keys", "from_der", "from_pem", "grants", "mac", "mac_for", "public_keys", "rotate", "sign",
    "sign_all", "sign_as", "suite", "verify", "verify_ed25519", "verify_raw",
]  # fmt: skip
