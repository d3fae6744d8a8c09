"""Whose token is this, and does it still count? Plain SQL for the gateway: no ORM, no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.ids import make_urn
from zhengtong.security.directory import wire as directory

from .refusals import UNKNOWN, TokenRefused, fault_of
from .rules import actor_of, digest_of

__all__ = ["CALL", "TOKEN", "Shown", "TokenRefused", "bearer_of", "check", "digest_of", "unknown"]

CALL = "sso.interface.call"  # of what the log of refusals speaks
TOKEN = f"""
SELECT s.uuid, s.key AS system_key, s.title, s.organisation_uuid, {directory.KEY_OF.format(uuid="s.organisation_uuid")},
    t.scopes, t.expires_at, s.disabled_at IS NOT NULL AS is_disabled,
    t.revoked_at IS NOT NULL OR i.ended_at IS NOT NULL AS is_ended,
    k.id IS NOT NULL AND k.revoked_at IS NULL AS is_key_standing, k.certificate
FROM security_sso_token t JOIN security_sso_system s ON s.id = t.system_id
LEFT JOIN security_sso_systemkey k ON k.id = t.key_id LEFT JOIN security_sso_signin i ON i.id = t.sign_in_id
WHERE t.digest = %(digest)s AND t.kind = 'access'
"""  # noqa: S608  (constants)


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of TOKEN: an access token that somebody showed, good or not, with the key of its system's organisation."""

    uuid: UUID
    system_key: str
    title: dict[str, str]
    organisation_uuid: UUID
    organisation_key: str
    scopes: list[str]
    expires_at: datetime
    is_disabled: bool
    is_ended: bool
    is_key_standing: bool
    certificate: bytes | None

    def actor(self, scopes: list[str]) -> Actor:
        urn = make_urn("sso", "system", self.uuid)
        return actor_of(urn, self.system_key, self.title, self.organisation_uuid, scopes)


def check(shown: Shown, *, is_certified: bool, at: datetime) -> Actor:
    """Who acts by it. `is_certified`: its key came without a certificate, or with one that stands good now.

    Raises TokenRefused, whose `system` is the actor without any scope.
    """
    reason = fault_of(
        is_disabled=shown.is_disabled, is_ended=shown.is_ended, expires_at=shown.expires_at,
        is_key_good=lambda: shown.is_key_standing and is_certified, at=at,
    )  # fmt: skip
    if reason:
        refused = TokenRefused(reason)
        refused.system = shown.actor([])
        raise refused
    return shown.actor(shown.scopes)


def unknown() -> TokenRefused:
    """Nobody was given this token."""
    return TokenRefused(UNKNOWN)


def bearer_of(header: str) -> str | None:
    """The token in an Authorization header (RFC 6750), the only place where one is taken; None without the scheme."""
    scheme, _space, text = header.partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None
