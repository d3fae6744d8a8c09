"""Whose token is this, and does it still count? Asked at every call, so that a revocation counts from the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.errors import ZhengtongError
from zhengtong.security.signing import queries as signing

from .. import rules
from ..models import System, SystemKey, Token


class TokenRefused(ZhengtongError):
    """The token is unknown, has run out, was revoked, or its system or key does not count any more (RFC 6750)."""

    status = 401
    code = "invalid-token"
    title = _("令牌无效")
    remedy = _("请重新取得令牌；仍不成功的，请核对系统是否被停用、密钥或证书是否已吊销。")

    def __init__(self, reason: Any, **extra: Any) -> None:
        super().__init__(reason, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}, **extra)
        self.system: System | None = None


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
        raise TokenRefused(_("没有这样的令牌。"))
    reason = _fault(token, at)
    if reason:
        refused = TokenRefused(reason)
        refused.system = token.system
        raise refused
    return Bearer(token, client_actor(token.system, token.scopes))


def _fault(token: Token, at: datetime) -> Any:
    if token.system.disabled_at:
        return _("该系统已停用。")
    if token.revoked_at or (token.sign_in and token.sign_in.ended_at):
        return _("该令牌已失效。")
    if token.expires_at <= at:
        return _("该令牌已过期。")
    if token.key is None or not is_key_good(token.key, at):
        return _("取得该令牌所用的密钥或证书已失效。")
    return None


def is_key_good(key: SystemKey, at: datetime) -> bool:
    """Not revoked; of a certificate, that it stands good at this moment."""
    if key.revoked_at:
        return False
    return not key.certificate or signing.check_certificate(bytes(key.certificate), at=at).ok


def client_actor(system: System, scopes: list[str]) -> Actor:
    return Actor(
        urn=system.urn, capacity=Capacity.CLIENT, display_name=system.title.get("zh", system.key),
        scopes=frozenset(scopes), organisation_uuid=system.organisation_uuid,
    )  # fmt: skip
