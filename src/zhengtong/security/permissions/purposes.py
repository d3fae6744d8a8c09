"""For what something is read or done. Declared once; a policy names those that are lawful for its act."""

from __future__ import annotations

from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts

from . import rules

PURPOSES: Registry[Texts] = Registry("purpose")

CASE_HANDLING, SUPERVISION, RELIEF, VERIFICATION = "case-handling", "supervision", "relief", "verification"
for key, label in rules.PURPOSES.items():  # rooms declare their own beside their policies
    PURPOSES.register(key, label)


def label_of(key: str) -> Texts:
    """In words; a key nobody declared stands for itself."""
    return PURPOSES.find(key) or {"zh": key, "en": key}
