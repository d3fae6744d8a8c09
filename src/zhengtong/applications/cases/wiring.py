"""Personal values of what was submitted are encrypted, each where it stands."""

from zhengtong.security.crypto.providers import CIPHERTEXTS, Ciphertext, inside_json
from zhengtong.support.files.providers import HOLDERS, Holder

from .holding import held_by_cases

CIPHERTEXTS.register(
    "cases.submission",
    Ciphertext(
        "applications_cases.Submission", "data", {"zh": "申请表中的个人信息", "en": "Personal data of applications"},
        walk=inside_json("$enc"),
    ),
)  # fmt: skip
HOLDERS.register("cases", Holder(frozenset({"evidence", "paper", "api", "form"}), held_by_cases))
