"""Answers kept for a repeated request lie encrypted under the node's data key."""

from zhengtong.kernel.idempotency.providers import Cipher, keep_with

from . import services

keep_with(Cipher(seal=services.encrypt, unseal=services.decrypt))
