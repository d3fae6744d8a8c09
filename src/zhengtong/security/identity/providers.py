"""The socket of identity: who knows the services a power of agency may be limited to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts

SERVICE_TITLES: Registry[Callable[[str], Mapping[str, Texts]]] = Registry("source of service titles")
"""`SERVICE_TITLES.register("public_services", function)`: the function answers {service key: title} of what may be done
by an agent for a `legal_entity` or a `person` (empty: for either). With no source registered, a power takes any key."""
