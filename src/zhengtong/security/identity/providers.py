"""The sockets of identity: who knows the services a power of agency may name; other ways to sign in, and their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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

Ending = Callable[[UUID, datetime], None]
ON_SESSIONS_ENDED: Registry[Ending] = Registry("what ends with the sessions of an account")
"""`ON_SESSIONS_ENDED.register("sso", function)`: the function gets the account's uuid and the moment, in the
transaction that ends every session: the account was locked or recovered, its password or second factor taken away."""

ON_SESSION_ENDED: Registry[Ending] = Registry("what ends with one session")
"""`ON_SESSION_ENDED.register("sso", function)`: the function gets the mark of the session (`queries.mark_of_session`)
and the moment, in the transaction in which somebody signs out, or ends the session of another device."""

ON_RECOVERY: Registry[Ending] = Registry("what a recovery takes away")
"""Called likewise, and only where an account is recovered: other ways into it, which must be proved anew."""
