"""Plug-ins: the registers answer the forms."""

from zhengtong.support.forms.providers import PREFILL

from .fields import LEGAL_ENTITY, PERSON, PREMISES
from .prefill import LegalEntitySource, PersonSource, PremisesSource

PREFILL.register(LEGAL_ENTITY.key, LegalEntitySource(LEGAL_ENTITY.label))
PREFILL.register(PREMISES.key, PremisesSource(PREMISES.label))
PREFILL.register(PERSON.key, PersonSource(PERSON.label))
