"""Recovery by two officials: one sees the person and the document and asks, another approves, then the holder gets a
slip whose link lets him choose a password once. Until the slip nothing changes; with it whoever found the lost device
is out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.events import services as events
from zhengtong.kernel.identifiers import normalise
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import queries, rules
from ..counted import forget_failures
from ..events import RecoveryIssued, RecoveryRequested
from ..links import RECOVERY_LINKS
from ..models import Account, Person, Recovery
from ..providers import ON_RECOVERY
from ..recoveries import find_account_by_slip
from .accounts import end_sessions, set_password

State = Recovery.State
LONGEST_REASON = 500


@verb
def request_recovery(*, actor: Actor, username: str, name: str, id_number: str, reason: str, at: datetime) -> Recovery:
    """Ask that an account be opened to its holder, who stands at the window with the document.

    The account is found by name, or by the number where its holder has forgotten the name; name and number are those of
    the document and must be those proved before. An official's account is the administrator's to ask for.
    Raises Invalid (field by field), Conflict (one is open), Denied.
    """
    account = _find(username.strip(), id_number)
    permissions.require(actor, "identity.recovery.request", account or Account())  # who may ask at all is told more
    if not reason.strip() or len(reason.strip()) > LONGEST_REASON:
        raise Invalid(fields=[FieldError("reason", _("请写明丢失了什么，不超过 500 字。"), _("恢复理由"))])
    account = _agreeing(account, name, id_number, actor, at)
    _close_expired(account, at)
    recovery = Recovery(
        account=account, holder_urn=account.urn, reason=reason.strip(), requested_by_urn=actor.urn, requested_at=at,
        expires_at=at + rules.RECOVERY_LASTS,
    )  # fmt: skip
    try:
        with transaction.atomic():
            recovery.save()
    except IntegrityError as error:
        raise Conflict(_("该账号已有一件恢复申请正在办理。"), remedy=_("请先办完或撤回那一件。")) from error
    audit.record(actor, "identity.recovery.requested", recovery, at=at, detail={"account": account.urn})
    events.publish(RecoveryRequested(recovery_uuid=str(recovery.uuid)))
    return recovery


def _find(username: str, id_number: str) -> Account | None:
    if username:
        return Account.objects.filter(username=username).first()
    person = queries.find_person(id_number) if id_number.strip() else None
    return person.account if person and person.assurance_level >= Person.Assurance.SEEN else None


def _agreeing(account: Account | None, name: str, id_number: str, actor: Actor, at: datetime) -> Account:
    """The account, if the document says what was proved of its holder. One answer whatever differs."""
    official, posts = directory.holder_and_posts(account.uuid, at) if account else ("", ())
    person = Person.objects.filter(account=account).first() if account else None
    if posts:
        permissions.require(actor, "identity.account.administer", account)
    if account and person and person.assurance_level >= Person.Assurance.SEEN:
        same = str(person.id_number) == normalise(id_number) and person.name == name.strip()
    else:  # an official's number is not on file: the personnel list has the name, the administrator knows the face
        same = bool(posts) and official == name.strip()
    if account is None or not same:
        raise Invalid(
            fields=[
                FieldError(
                    "username", _("账号与证件上的姓名、号码不一致，或没有这个账号，或该账号还没有核验过身份（二级）。"
                                  "从未核验过的账号不能恢复，请重新注册。"), _("用户名"),
                )
            ]
        )  # fmt: skip
    if not account.is_active:
        raise Conflict(_("账号“%s”已经锁定。") % account.username, remedy=_("请先由系统管理员解锁。"))
    return account


def _close_expired(account: Account, at: datetime) -> None:
    Recovery.objects.filter(account=account, state__in=Recovery.OPEN, expires_at__lte=at).update(state=State.EXPIRED)


@verb
def decide_recovery(*, actor: Actor, recovery_uuid: uuid.UUID, approve: bool, at: datetime) -> Recovery:
    """A second official approves or refuses. Raises NotFound, Conflict (decided, or too old), Denied (one's own)."""
    recovery = _locked(recovery_uuid)
    permissions.require(actor, "identity.recovery.decide", recovery)
    _require(recovery, State.REQUESTED, at)
    recovery.state = State.APPROVED if approve else State.REFUSED
    recovery.decided_by_urn, recovery.decided_at = actor.urn, at
    recovery.save(update_fields=["state", "decided_by_urn", "decided_at"])
    action = "identity.recovery.approved" if approve else "identity.recovery.refused"
    audit.record(actor, action, recovery, at=at, detail={"account": recovery.holder_urn})
    return recovery


@verb
def withdraw_recovery(*, actor: Actor, recovery_uuid: uuid.UUID, at: datetime) -> Recovery:
    """Who asked takes it back, or the holder says that it was not he. Raises NotFound, Conflict, Denied."""
    recovery = _locked(recovery_uuid)
    permissions.require(actor, "identity.recovery.withdraw", recovery)
    _require(recovery, recovery.state if recovery.state in Recovery.OPEN else State.REQUESTED, at)
    recovery.state = State.WITHDRAWN
    recovery.save(update_fields=["state"])
    audit.record(actor, "identity.recovery.withdrawn", recovery, at=at, detail={"account": recovery.holder_urn})
    return recovery


@dataclass(frozen=True, slots=True)
class RecoverySlip:
    """What the window prints for the holder: a page, by its path, that serves once, until a moment."""

    recovery: Recovery
    path: str
    valid_to: datetime


@verb
def issue_recovery(*, actor: Actor, recovery_uuid: uuid.UUID, at: datetime) -> RecoverySlip:
    """Take every way into the account away and give the slip, once. Raises NotFound, Conflict, Denied."""
    recovery = _locked(recovery_uuid)
    permissions.require(actor, "identity.recovery.issue", recovery)
    _require(recovery, State.APPROVED, at)
    account = Account.objects.select_for_update().get(pk=recovery.account_id)
    removed, _each = Authenticator.objects.filter(user=account).delete()
    account.set_unusable_password()
    account.save(update_fields=["password"])
    end_sessions(account, at)
    for _key, take_away in ON_RECOVERY.items():
        take_away(account.uuid, at)
    forget_failures(account)
    recovery.state, recovery.issued_at = State.ISSUED, at
    recovery.save(update_fields=["state", "issued_at"])
    detail = {"account": account.urn, "removed": removed, "approved_by": recovery.decided_by_urn}
    audit.record(actor, "identity.recovery.issued", recovery, at=at, detail=detail)
    audit.record(actor, "identity.second_factor.reset", account, at=at, detail={"removed": removed})
    events.publish(RecoveryIssued(recovery_uuid=str(recovery.uuid)))
    path = reverse("identity:recover-account", args=[recovery.uuid, RECOVERY_LINKS.make_token(account)])
    return RecoverySlip(recovery, path, at + rules.SLIP_LASTS)


@verb
def recover_account(*, recovery_uuid: uuid.UUID, token: str, password: str, at: datetime) -> Account:
    """The holder of the slip chooses a password. Raises NotFound (used, too old, never given), Invalid."""
    recovery = Recovery.objects.select_for_update().filter(uuid=recovery_uuid).first()
    account = find_account_by_slip(recovery_uuid, token, at)
    assert recovery is not None  # the query has found it
    set_password(account, password)
    recovery.state = State.USED
    recovery.save(update_fields=["state"])
    actor = queries.actor_for_account(account, at=at)
    audit.record(actor, "identity.recovery.used", recovery, at=at, detail={"account": account.urn})
    audit.record(actor, "identity.password.changed", account, at=at)
    return account


def _locked(recovery_uuid: uuid.UUID) -> Recovery:
    recovery = Recovery.objects.select_for_update(of=("self",)).select_related("account").filter(uuid=recovery_uuid)
    found = recovery.first()
    if found is None:
        raise NotFound(_("没有找到这件恢复申请。"), remedy=_("请在“账号恢复”的列表中选择。"))
    return found


def _require(recovery: Recovery, state: str, at: datetime) -> None:
    if recovery.expires_at <= at and recovery.state in Recovery.OPEN:
        raise Conflict(_("这件恢复申请已超过 24 小时，作废了。"), remedy=_("如仍需要，请重新申请。"))
    if recovery.state != state:
        raise Conflict(
            _("这件恢复申请已经办过这一步，或者还没有经过批准。"), remedy=_("请刷新页面，查看它现在的状态。")
        )
