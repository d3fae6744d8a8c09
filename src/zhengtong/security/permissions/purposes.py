"""For what something is read or done. Declared once; a policy names those that are lawful for its act."""

from __future__ import annotations

from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts

PURPOSES: Registry[Texts] = Registry("purpose")

# What a state organ does within its statutory duty (个人信息保护法 34); rooms declare their own beside their policies.
CASE_HANDLING = "case-handling"
SUPERVISION = "supervision"
RELIEF = "relief"
VERIFICATION = "verification"
for key, zh, en in (
    (CASE_HANDLING, "办理本办件", "Handling this case"),
    (VERIFICATION, "核对身份或登记信息", "Checking an identity or a registered fact"),
    (RELIEF, "行政复议、诉讼或投诉处理", "Review, litigation or a complaint"),
    (SUPERVISION, "监督检查", "Supervision"),
):
    PURPOSES.register(key, {"zh": zh, "en": en})


def label_of(key: str) -> Texts:
    """In words; a key nobody declared stands for itself."""
    return PURPOSES.find(key) or {"zh": key, "en": key}
