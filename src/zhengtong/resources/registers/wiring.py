"""Plug-ins: the registers answer the forms, say which of their columns are encrypted, and tell the standards which
elements and codes they hold."""

from zhengtong.resources.standards.providers import USES
from zhengtong.security.crypto.providers import SOURCES
from zhengtong.support.forms.providers import PREFILL

from .encrypted import columns
from .prefill import LegalEntitySource, PersonSource, PremisesSource
from .uses import RegisterUses

PREFILL.register("legal_entity", LegalEntitySource({"zh": "法人库", "en": "register of legal entities"}))
PREFILL.register("premises", PremisesSource({"zh": "房屋库", "en": "register of premises"}))
PREFILL.register("person", PersonSource({"zh": "人口库", "en": "population register"}))
SOURCES.register("registers", columns)
USES.register("registers", RegisterUses())
