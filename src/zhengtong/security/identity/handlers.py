"""What the sign-in libraries announce, witnessed: signed in, failed, locked out, signed out, second factor changed."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import password_changed
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from zhengtong.kernel.actors import ANONYMOUS, Actor
from zhengtong.kernel.clock import now
from zhengtong.security.audit import services as audit

from . import queries, sessions
from .models import Account

CODE = "one-time code"


def _from_where(request: HttpRequest | None) -> dict[str, str]:
    return {"ip": str(request.META.get("REMOTE_ADDR", ""))} if request is not None else {}


def _witness(actor: Actor, action: str, account: Account | None, request: HttpRequest | None, **detail: str) -> None:
    """One entry in a transaction of its own: sign-in is no POST of ours. Never the name or password that was typed."""
    with transaction.atomic():
        urn = account.urn if account else "unknown account"
        audit.record(actor, action, urn, at=now(), detail={**_from_where(request), **detail})


def _actor(account: Account) -> Actor:
    return queries.actor_for_account(account, at=now())


@receiver(user_logged_in, dispatch_uid="identity.signed_in")
def _signed_in(request: HttpRequest, user: Account, **_kwargs: Any) -> None:
    key = queries.find_default_capacity(user, now())
    sessions.remember_capacity(request, key)
    sessions.remember_seen(request.session.session_key, now())
    actor = queries.actor_for_account(user, key, at=now())
    sessions.begin(request, at_work=actor.is_official)
    how = {"method": "passkey"} if did_use_passwordless_login(request, user) else {}
    _witness(actor, "identity.session.opened", user, request, **how)


@receiver(user_logged_out, dispatch_uid="identity.signed_out")
def _signed_out(request: HttpRequest, user: Account | None, **_kwargs: Any) -> None:
    if isinstance(user, Account):
        with transaction.atomic():
            sessions.announce_end(dict(request.session.items()), now())
            _witness(_actor(user), "identity.session.closed", user, request)


@receiver(user_login_failed, dispatch_uid="identity.refused")
def _refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_kwargs: Any) -> None:
    account = Account.objects.filter(username__iexact=credentials.get("username") or "").first()
    _witness(ANONYMOUS, "identity.session.refused", account, request, method="password")


@receiver(mfa.authentication_failed, dispatch_uid="identity.code_refused")
def _code_refused(request: HttpRequest, user: Account | None, method: str = CODE, **_kwargs: Any) -> None:
    # An action of its own for codes: they are counted (sign_in/guesses.py), and nobody's wrong passwords hide them.
    action = "identity.code.refused" if method == CODE else "identity.session.refused"
    _witness(ANONYMOUS, action, user, request, method=method)


@receiver(user_locked_out, dispatch_uid="identity.locked_out")
def _locked_out(request: HttpRequest, username: str, **_kwargs: Any) -> None:
    account = Account.objects.filter(username__iexact=username or "").first()
    _witness(ANONYMOUS, "identity.session.locked_out", account, request)


@receiver(password_changed, dispatch_uid="identity.password_changed")
def _password_changed(request: HttpRequest, user: Account, **_kwargs: Any) -> None:
    _witness(_actor(user), "identity.password.changed", user, request)


@receiver(mfa.authenticator_added, dispatch_uid="identity.factor_added")
def _factor_added(request: HttpRequest, user: Account, authenticator: Authenticator, **_kwargs: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:  # it was shown a moment ago: this session has it
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
        if Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).count() == 1:
            _end_others(request, user)
    _witness(_actor(user), "identity.second_factor.added", user, request, type=str(authenticator.type))


def _end_others(request: HttpRequest, user: Account) -> None:
    """With the first factor: what was opened by the password alone may be somebody's who has only that."""
    for session in sessions.others_of(request):
        _witness(_actor(user), "identity.session.ended", user, None, ip=str(session.ip))
        sessions.end(session, now())


@receiver(mfa.authenticator_removed, dispatch_uid="identity.factor_removed")
def _factor_removed(request: HttpRequest, user: Account, authenticator: Authenticator, **_kwargs: Any) -> None:
    _witness(_actor(user), "identity.second_factor.removed", user, request, type=str(authenticator.type))
