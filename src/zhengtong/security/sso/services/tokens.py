"""Tokens: made, spent, ended. The token itself goes to its holder; here stands its digest."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit

from .. import rules
from ..models import Consent, LastUse, LogoutNotice, SeenAssertion, SignIn, System, SystemKey, Token
from .logouts import announce

_ONCE = """
    INSERT INTO security_sso_seenassertion (system_id, digest, expires_at) VALUES (%s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING id
"""


def make_token(
    kind: str,
    system: System,
    scopes: Sequence[str],
    at: datetime,
    *,
    expires_at: datetime,
    sign_in: SignIn | None = None,
    key: SystemKey | None = None,
) -> str:
    """A token of 256 random bits."""
    text = secrets.token_urlsafe(32)
    Token.objects.create(
        kind=kind, digest=rules.digest_of(text), system=system, sign_in=sign_in, key=key, scopes=list(scopes),
        issued_at=at, expires_at=expires_at,
    )  # fmt: skip
    return text


@verb
def issue_client_token(*, actor: Actor, system: System, key: SystemKey, scopes: Sequence[str], at: datetime) -> str:
    """An access token for the system itself, bound to the key by which it was asked for."""
    text = make_token(Token.Kind.ACCESS, system, scopes, at, expires_at=at + rules.ACCESS_LASTS, key=key)
    note_use(key, at)
    audit.record(actor, "sso.token.issued", system, at=at, detail={"scopes": list(scopes), "kid": key.kid})
    return text


@verb
def revoke_token(*, actor: Actor, token: Token, at: datetime) -> None:
    """A system gives a token back; with a refresh token the whole sign-in ends."""
    if token.sign_in is not None and token.kind == Token.Kind.REFRESH:
        end_sign_in_tokens(token.sign_in, at)
    else:
        Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
    audit.record(actor, "sso.token.revoked", token.system, at=at, detail={"kind": token.kind})


def note_use(key: SystemKey, at: datetime) -> None:
    """The key was used just now: one statement with each token."""
    LastUse.objects.bulk_create(
        [LastUse(key=key, at=at)], update_conflicts=True, unique_fields=["key"], update_fields=["at"]
    )


def end_sign_in_tokens(sign_in: SignIn, at: datetime) -> bool:
    """No code and no token of it counts any more, and its system is told; False when it had ended before."""
    if sign_in.ended_at is None:
        announce([sign_in], at)
    return sign_in.end(at)


def end_all_of(account_uuid: UUID, at: datetime) -> None:
    """Every sign-in of an account at every system. One that is just being opened is waited for, at its consent."""
    list(Consent.objects.select_for_update().filter(account_uuid=account_uuid, withdrawn_at=None).order_by("pk"))
    rows = list(SignIn.objects.select_related("system").filter(account_uuid=account_uuid, ended_at=None))
    announce(rows, at, whole_account=True)
    for sign_in in rows:
        sign_in.end(at)


def end_tokens_of(system: System, at: datetime) -> None:
    SignIn.objects.filter(system=system, ended_at=None).update(ended_at=at)
    Token.objects.filter(system=system, revoked_at=None).update(revoked_at=at)


def use_assertion(system: System, jti: str, expires_at: datetime) -> bool:
    """Whether this assertion comes for the first time. Two at once: one waits, and is told no."""
    with connection.cursor() as cursor:
        cursor.execute(_ONCE, [system.pk, rules.digest_of(jti), expires_at])
        return cursor.fetchone() is not None


def prune(*, at: datetime) -> int:
    """Forget what has run out, and how much: assertions at once, tokens after two days, empty sign-ins, old notices."""
    gone = SeenAssertion.objects.filter(expires_at__lt=at).delete()[0]
    day_ago = at - rules.RETIRED_KEY_SHOWN
    gone += LogoutNotice.objects.filter(asked_at__lt=at - rules.NOTICE_KEPT).delete()[0]
    gone += Token.objects.filter(expires_at__lt=day_ago).delete()[0]
    return gone + SignIn.objects.filter(opened_at__lt=day_ago, tokens=None).delete()[0]
