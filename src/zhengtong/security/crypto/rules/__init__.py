"""Algorithms on plain bytes, without Django: signatures, ciphers, digests, shares, and the forms of a public key."""

from .ciphers import (
    AES_256_GCM,
    SM4_GCM,
    Undecryptable,
    decrypt,
    encrypt,
    encrypter,
    key_version_of,
    make_cipher_key,
    open_bytes,
    seal_bytes,
)
from .codes import HMAC_SHA_256, HMAC_SM3, SHA_256, SM3, code_maker, digest, mac
from .forms import KEY_BYTES, algorithm_of, as_der, as_pem, fingerprint, from_der, from_pem
from .keys import Secret, blind_indexes
from .naming import name_of
from .sharing import Share, ShareFault, combine, split
from .signatures import ED25519, RSA, SM2, Signer, make_signing_key, open_signer, public_of, verify, verify_ed25519
from .sm2 import Sm2Unavailable
from .suites import SUITES, Suite
from .wrapping import binding_of, digest_of_token, read_key, token, unwrap, wrap

__all__ = [
    "AES_256_GCM", "ED25519", "HMAC_SHA_256", "HMAC_SM3", "KEY_BYTES", "RSA", "SHA_256", "SM2", "SM3", "SM4_GCM",
    "SUITES", "Secret", "Share", "ShareFault", "Signer", "Sm2Unavailable", "Suite", "Undecryptable", "algorithm_of",
    "as_der", "as_pem", "binding_of", "blind_indexes", "code_maker", "combine", "decrypt", "digest",
    "digest_of_token", "encrypt", "encrypter", "fingerprint", "from_der", "from_pem", "key_version_of", "mac",
    "make_cipher_key", "make_signing_key", "name_of", "open_bytes", "open_signer", "public_of", "read_key",
    "seal_bytes", "split", "token", "unwrap", "verify", "verify_ed25519", "wrap",
]  # fmt: skip
