"""The sockets of identity: who knows the services a power of agency may name; other ways to sign in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts

SERVICE_TITLES: Registry[Callable[[str], Mapping[str, Texts]]] = Registry("source of service titles")
"""`SERVICE_TITLES.register("public_services", function)`: the function answers {service key: title} of what may be done
by an agent for a `legal_entity` or a `person` (empty: for either). With no source registered, a power takes any key."""


@dataclass(frozen=True, slots=True)
class Way:
    """Another way to sign in: a link on the sign-in page. `url_name` takes `?next=`."""

    title: Texts
    url_name: str


SIGN_IN_WAYS: Registry[Callable[[], Way | None]] = Registry("way to sign in")
"""`SIGN_IN_WAYS.register("upstream", function)`: the function answers None while the way is not open."""
