"""Drafts are encrypted as a whole."""

from zhengtong.security.crypto.providers import CIPHERTEXTS, Ciphertext

CIPHERTEXTS.register("forms.draft", Ciphertext("support_forms.Draft", "sealed", {"zh": "表单草稿", "en": "Drafts"}))
