"""The signed text of a credential is encrypted."""

from zhengtong.security.crypto.providers import CIPHERTEXTS, Ciphertext

CIPHERTEXTS.register(
    "credentials.payload",
    Ciphertext("resources_credentials.Credential", "payload", {"zh": "证照内容", "en": "Contents of credentials"}),
)
