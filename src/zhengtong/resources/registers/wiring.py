"""Plug-ins: the registers answer the forms, say which of their columns are encrypted, and tell the standards which
elements and codes they hold."""

from zhengtong.resources.standards.providers import USES
from zhengtong.security.crypto.providers import CIPHERTEXTS, SOURCES, Ciphertext
from zhengtong.support.forms.providers import PREFILL

from .encrypted import columns
from .prefill import LegalEntitySource, PersonSource, PremisesSource
from .uses import RegisterUses

PREFILL.register("legal_entity", LegalEntitySource({"zh": "法人库", "en": "register of legal entities"}))
PREFILL.register("premises", PremisesSource({"zh": "房屋库", "en": "register of premises"}))
PREFILL.register("person", PersonSource({"zh": "人口库", "en": "population register"}))
SOURCES.register("registers", columns)
USES.register("registers", RegisterUses())

_DISPUTES = {
    "stated": {"zh": "疑义：应为的值", "en": "Disputes: the value as it should be"},
    "reason": {"zh": "疑义：理由", "en": "Disputes: reasons"},
    "answer": {"zh": "疑义：答复", "en": "Disputes: answers"},
}
for _name, _label in _DISPUTES.items():
    CIPHERTEXTS.register(f"registers.dispute.{_name}", Ciphertext("resources_registers.Dispute", _name, _label))
