"""Plug-ins: the registers answer the forms."""

from zhengtong.support.forms.providers import PREFILL

from .prefill import LegalEntitySource, PersonSource, PremisesSource

PREFILL.register("legal_entity", LegalEntitySource({"zh": "法人库", "en": "register of legal entities"}))
PREFILL.register("premises", PremisesSource({"zh": "房屋库", "en": "register of premises"}))
PREFILL.register("person", PersonSource({"zh": "人口库", "en": "population register"}))
