"""Plug-ins: the registers answer the forms, and say which of their columns are encrypted."""

from zhengtong.security.crypto.providers import SOURCES
from zhengtong.support.forms.providers import PREFILL

from .encrypted import columns
from .prefill import LegalEntitySource, PersonSource, PremisesSource

PREFILL.register("legal_entity", LegalEntitySource({"zh": "法人库", "en": "register of legal entities"}))
PREFILL.register("premises", PremisesSource({"zh": "房屋库", "en": "register of premises"}))
PREFILL.register("person", PersonSource({"zh": "人口库", "en": "population register"}))

SOURCES.register("registers", columns)
