"""A sign-in handed to a system: opened with a code, exchanged once, renewed, ended."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import rules
from ..models import Consent, SignIn, System, SystemKey, Token
from .consents import lock_standing, require_tellable
from .tokens import end_sign_in_tokens, make_token, note_use


class Spent(Exception):
    """A code or a refresh token came a second time: whoever has it now may be a thief, so the sign-in has ended."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a system asks in an authorization request, after it was checked."""

    redirect_uri: str
    scopes: Sequence[str]
    challenge: str
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """The tokens of a sign-in; `refresh` empty where none was asked for."""

    access: str
    refresh: str = ""


@verb
def open_sign_in(
    *,
    actor: Actor,
    system: System,
    request: Request,
    capacity_key: str,
    authenticated_at: datetime,
    methods: Sequence[str],
    at: datetime,
    session_mark: UUID | None = None,
) -> str:
    """A code (256 bits, a minute) by which the system fetches who the actor is. `session_mark`: of the session here.

    Raises Denied, Conflict.
    """
    permissions.require(actor, "sso.consent.give")
    require_tellable(actor)
    standing = lock_standing(system, rules.account_of(actor))  # a withdrawal waits, and then ends this sign-in too
    if standing is None or not rules.is_covered(request.scopes, standing.scopes):
        raise Conflict(_("您对该系统的同意已经撤回。"), remedy=_("如仍要登录，请回到原系统重新登录并同意。"))
    code = secrets.token_urlsafe(32)
    SignIn.objects.create(
        system=system, account_uuid=rules.account_of(actor), capacity_key=capacity_key, mfa=actor.mfa,
        scopes=list(request.scopes), redirect_uri=request.redirect_uri, nonce=request.nonce,
        challenge=request.challenge, code_digest=rules.digest_of(code), authenticated_at=authenticated_at,
        methods=list(methods), opened_at=at, session_mark=session_mark,
    )  # fmt: skip
    return code


@verb
def exchange_code(*, person: Actor, sign_in: SignIn, key: SystemKey, at: datetime) -> Handed:
    """Tokens for a code, once; of two exchanges at the same time one comes second. Raises Spent."""
    taken = SignIn.objects.filter(pk=sign_in.pk, exchanged_at=None, ended_at=None).update(exchanged_at=at)
    if not taken:
        raise Spent
    sign_in.exchanged_at = at
    audit.record(
        person, "sso.sign_in.opened", sign_in.system, at=at,
        detail={"system": sign_in.system.key, "scopes": sign_in.scopes, "capacity": str(person.capacity)},
    )  # fmt: skip
    return _hand(sign_in, sign_in.scopes, key, at)


@verb
def refresh(*, person: Actor, token: Token, scopes: Sequence[str], key: SystemKey, at: datetime) -> Handed:
    """The next tokens for a refresh token, once. Raises Spent."""
    assert token.sign_in is not None
    spent = Token.objects.filter(pk=token.pk, spent_at=None, revoked_at=None).update(spent_at=at)
    if not spent:
        raise Spent
    audit.record(person, "sso.sign_in.refreshed", token.system, at=at, detail={"system": token.system.key})
    return _hand(token.sign_in, scopes, key, at)


def _hand(sign_in: SignIn, scopes: Sequence[str], key: SystemKey, at: datetime) -> Handed:
    standing = Consent.objects.filter(system=sign_in.system, account_uuid=sign_in.account_uuid, withdrawn_at=None)
    standing.update(last_used_at=at)
    note_use(key, at)
    ends_at = sign_in.authenticated_at + rules.SIGN_IN_LASTS
    until = at + rules.ACCESS_LASTS
    access = make_token(Token.Kind.ACCESS, sign_in.system, scopes, at, expires_at=until, sign_in=sign_in, key=key)
    if rules.OFFLINE not in sign_in.scopes or ends_at <= at:
        return Handed(access)
    return Handed(
        access,
        make_token(
            Token.Kind.REFRESH, sign_in.system, sign_in.scopes, at, expires_at=ends_at, sign_in=sign_in, key=key
        ),
    )


@verb
def end_after_reuse(*, actor: Actor, sign_in: SignIn, what: str, at: datetime) -> None:
    """Somebody shows what was spent already: end everything that came of it, and say so in the log."""
    end_sign_in_tokens(sign_in, at)
    audit.record(
        actor, "sso.sign_in.reused", sign_in.system, at=at, outcome="denied",
        detail={"system": sign_in.system.key, "what": what, "sign_in": str(sign_in.uuid)},
    )  # fmt: skip


@verb
def end_sign_ins(*, actor: Actor, system: System, at: datetime) -> int:
    """The person signs out at a system: its tokens for this person end. How many sign-ins ended."""
    rows = SignIn.objects.select_related("system").filter(
        system=system, account_uuid=rules.account_of(actor), ended_at=None
    )
    count = sum(end_sign_in_tokens(row, at) for row in rows)
    audit.record(actor, "sso.sign_in.ended", system, at=at, detail={"system": system.key, "ended": count})
    return count
