"""Looking after other people's accounts: a link for a new password, a lost second factor, locking and unlocking."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import queries
from ..counted import forget_failures, has_wrong_codes
from ..links import LINKS
from ..models import Account
from ..providers import ON_SESSIONS_ENDED


@dataclass(frozen=True, slots=True)
class PasswordLink:
    """A page, by its path, on which the account's holder chooses a password; it serves once, for `hours`."""

    account: Account
    path: str
    hours: int


@transaction.atomic
def reset_password(*, actor: Actor, username: str, at: datetime) -> PasswordLink:
    """End the present password, every session and every earlier link; the holder chooses anew by the link returned.

    Nobody but the holder ever knows the password. Raises NotFound, Conflict (the account is locked), Denied.
    """
    account = _locked_row(username)
    permissions.require(actor, "identity.account.administer", account)
    _require_open(account)
    account.set_unusable_password()
    account.save(update_fields=["password"])
    end_sessions(account, at)
    audit.record(actor, "identity.password.reset", account, at=at)
    path = reverse("identity:choose-password", args=[account.uuid, LINKS.make_token(account)])
    return PasswordLink(account, path, LINKS.hours)


@transaction.atomic
def choose_password(*, account_uuid: uuid.UUID, token: str, password: str, at: datetime) -> Account:
    """The holder of a link chooses the password. Raises NotFound (used, too old, never given), Invalid."""
    account = Account.objects.select_for_update().filter(uuid=account_uuid).first()
    if account is None or not LINKS.check_token(account, token):
        raise NotFound(_("此链接已使用过或已过期。"), remedy=_("请联系本单位的系统管理员，重新开具链接。"))
    set_password(account, password)
    audit.record(queries.actor_for_account(account, at=at), "identity.password.changed", account, at=at)
    return account


def set_password(account: Account, password: str) -> None:
    """Raises Invalid where the password is too weak."""
    try:
        validate_password(password, account)
    except ValidationError as fault:
        raise Invalid(fields=[FieldError("password1", " ".join(fault.messages), _("新密码"))]) from fault
    account.set_password(password)
    account.save(update_fields=["password"])


@transaction.atomic
def reset_second_factor(*, actor: Actor, username: str, at: datetime) -> int:
    """Take away a lost second factor with its recovery codes and end every session; a new one is set up at sign-in.

    Returns how many were taken away. Raises NotFound, Conflict (there was none), Denied.
    """
    account = _locked_row(username)
    permissions.require(actor, "identity.account.administer", account)
    taken, _each = Authenticator.objects.filter(user=account).delete()
    if not taken:
        raise Conflict(_("账号“%s”没有设置第二重验证。") % username, remedy=_("下次登录时会引导设置，无需重置。"))
    end_sessions(account, at)
    audit.record(actor, "identity.second_factor.reset", account, at=at, detail={"removed": taken})
    return taken


@transaction.atomic
def lock_account(*, actor: Actor, username: str, reason: str, at: datetime) -> Account:
    """Let nobody sign in with it until it is unlocked; its sessions end. Posts and roles stay.

    Raises NotFound, Conflict (locked already, or one's own), Invalid (no reason), Denied.
    """
    account = _locked_row(username)
    permissions.require(actor, "identity.account.administer", account)
    if actor.account_uuid == account.uuid:
        raise Conflict(_("不能锁定自己的账号。"), remedy=_("请由另一位系统管理员办理。"))
    if not reason.strip():
        raise Invalid(_("锁定账号须写明理由。"), remedy=_("请写明理由，例如“离岗”。"))
    if not account.is_active:
        raise Conflict(_("账号“%s”已经锁定。") % username, remedy=_("无需再次锁定。"))
    account.is_active = False
    account.save(update_fields=["is_active"])
    end_sessions(account, at)
    audit.record(actor, "identity.account.locked", account, at=at, detail={"reason": reason.strip()})
    return account


@transaction.atomic
def unlock_account(*, actor: Actor, username: str, at: datetime) -> Account:
    """Open a locked account again, and forget the wrong passwords and codes that locked it out for a while.

    Raises NotFound, Conflict (nothing to unlock), Denied.
    """
    account = _locked_row(username)
    permissions.require(actor, "identity.account.administer", account)
    forgotten = forget_failures(account)
    if account.is_active and not forgotten and not has_wrong_codes(account):
        raise Conflict(_("账号“%s”没有锁定。") % username, remedy=_("不能登录时，请重设密码或第二重验证。"))
    account.is_active = True
    account.save(update_fields=["is_active"])
    audit.record(actor, "identity.account.unlocked", account, at=at)
    return account


def _locked_row(username: str) -> Account:
    account = Account.objects.select_for_update().filter(username=username).first()
    if account is None:
        raise NotFound(_("没有用户名为“%s”的账号。") % username, remedy=_("请核对用户名；工作人员见 zt account list。"))
    return account


def _require_open(account: Account) -> None:
    if not account.is_active:
        raise Conflict(_("账号“%s”已经锁定。") % account.username, remedy=_("请先解锁：zt account unlock。"))


def end_sessions(account: Account, at: datetime) -> None:
    """On every device, from its next request on; with them what other rooms opened on their strength."""
    for session in UserSession.objects.filter(user=account):
        session.end()
    for _key, end in ON_SESSIONS_ENDED.items():
        end(account.uuid, at)
