"""Drafts are encrypted as a whole."""

from zhengtong.security.crypto.providers import CIPHERTEXTS, Ciphertext
from zhengtong.support.files.providers import HOLDERS, Holder

from .holding import held_by_drafts

CIPHERTEXTS.register("forms.draft", Ciphertext("support_forms.Draft", "sealed", {"zh": "表单草稿", "en": "Drafts"}))
HOLDERS.register("forms.drafts", Holder(frozenset({"form"}), held_by_drafts))
