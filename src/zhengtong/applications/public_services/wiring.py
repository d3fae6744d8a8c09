"""Tells identity which services a power of agency may be limited to (those that its principal may apply for on line),
and the standards which forms bind what."""

from collections.abc import Mapping

from zhengtong.kernel.texts import Texts
from zhengtong.resources.standards.providers import USES
from zhengtong.security.identity.providers import SERVICE_TITLES

from . import queries
from .uses import FormUses


def _titles_for_agents(audience: str) -> Mapping[str, Texts]:
    filters = queries.Filters(audience=audience, online_only=True, limit=500)
    return {service.key: service.title for service in queries.list_services(filters).services}


SERVICE_TITLES.register("public_services", _titles_for_agents)
USES.register("public_services", FormUses())
