"""Whose token is this, and does it still count? Asked at every call, so that a revocation counts from the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhengtong.kernel.actors import Actor
from zhengtong.security.signing import queries as signing

from .. import rules
from ..models import System, SystemKey, Token
from ..refusals import UNKNOWN, TokenRefused, fault_of

__all__ = ["Bearer", "TokenRefused", "authenticate", "client_actor", "is_key_good"]


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who shows a good token: a system for itself, or for the person of a sign-in."""

    token: Token
    actor: Actor

    @property
    def system(self) -> System:
        return self.token.system


def authenticate(text: str, *, at: datetime) -> Bearer:
    """Who shows this access token. One query, two where the key came in a certificate. Raises TokenRefused."""
    rows = Token.objects.select_related("system", "sign_in", "key")
    token = rows.filter(digest=rules.digest_of(text), kind=Token.Kind.ACCESS).first()
    if token is None:
        raise TokenRefused(UNKNOWN)
    reason = _fault(token, at)
    if reason:
        refused = TokenRefused(reason)
        refused.system = token.system
        raise refused
    return Bearer(token, client_actor(token.system, token.scopes))


def _fault(token: Token, at: datetime) -> Any:
    return fault_of(
        is_disabled=token.system.disabled_at is not None,
        is_ended=bool(token.revoked_at or (token.sign_in and token.sign_in.ended_at)),
        expires_at=token.expires_at,
        is_key_good=lambda: token.key is not None and is_key_good(token.key, at),
        at=at,
    )


def is_key_good(key: SystemKey, at: datetime) -> bool:
    """Not revoked; of a certificate, that it stands good at this moment."""
    if key.revoked_at:
        return False
    return not key.certificate or signing.check_certificate(bytes(key.certificate), at=at).ok


def client_actor(system: System, scopes: list[str]) -> Actor:
    return rules.actor_of(system.urn, system.key, system.title, system.organisation_uuid, scopes)
