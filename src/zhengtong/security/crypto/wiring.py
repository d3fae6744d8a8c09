"""Answers kept for a repeated request lie encrypted under the node's data key."""

from zhengtong.kernel.idempotency.providers import Cipher, keep_with

from . import services
from .ciphertexts import CIPHERTEXTS, Ciphertext

keep_with(Cipher(seal=services.encrypt, unseal=services.decrypt))
CIPHERTEXTS.register(
    "kernel.idempotency.body",
    Ciphertext("kernel_idempotency.IdempotentRequest", "body", {"zh": "重复提交的答复", "en": "Kept answers"}),
)
