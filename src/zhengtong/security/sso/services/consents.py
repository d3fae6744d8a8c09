"""What a person agrees that a system learns; remembered until it is withdrawn."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, NotFound
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import rules
from ..models import Consent, SignIn, System
from .tokens import end_sign_in_tokens


@verb
def give_consent(*, actor: Actor, system: System, scopes: Sequence[str], at: datetime) -> Consent:
    """The person agrees to these scopes, in addition to what was agreed before. Raises Denied, Conflict."""
    permissions.require(actor, "sso.consent.give")
    require_tellable(actor)
    consent, is_new = _standing_or_new(system, rules.account_of(actor), scopes, at)
    if not is_new and rules.is_covered(scopes, consent.scopes):
        return consent
    agreed = sorted({*scopes, *consent.scopes})
    consent.scopes = agreed
    consent.save(update_fields=["scopes"])
    audit.record(actor, "sso.consent.given", consent, at=at, detail={"system": system.key, "scopes": agreed})
    return consent


def require_tellable(actor: Actor) -> None:
    """Raises Conflict where the capacity is a power for some services alone."""
    if not rules.is_tellable(actor):
        raise Conflict(
            _("您当前的代理权限只限于部分事项，不能以此身份登录其他系统。"),
            remedy=_("请先切换为本人身份，再回到原系统登录。"),
        )


def _standing_or_new(
    system: System, account_uuid: uuid.UUID, scopes: Sequence[str], at: datetime
) -> tuple[Consent, bool]:
    """The consent that stands, locked, or a new one. Of two clicks at once the second finds what the first has made."""
    if standing := lock_standing(system, account_uuid):
        return standing, False
    try:
        with transaction.atomic():
            values = {"system": system, "account_uuid": account_uuid, "scopes": sorted(scopes), "given_at": at}
            return Consent.objects.create(**values), True
    except IntegrityError:
        if standing := lock_standing(system, account_uuid):
            return standing, False
        raise


def lock_standing(system: System, account_uuid: uuid.UUID) -> Consent | None:
    """What the account agreed to and did not withdraw; nobody withdraws it before the transaction has ended."""
    rows = Consent.objects.select_for_update().filter(system=system, account_uuid=account_uuid, withdrawn_at=None)
    return rows.first()


@verb
def refuse_consent(*, actor: Actor, system: System, scopes: Sequence[str], at: datetime) -> None:
    """The person says no: nothing is told. Raises Denied."""
    permissions.require(actor, "sso.consent.give")
    audit.record(actor, "sso.consent.refused", system, at=at, detail={"system": system.key, "scopes": list(scopes)})


@verb
def withdraw_consent(*, actor: Actor, consent_uuid: uuid.UUID, at: datetime) -> Consent:
    """The system is told nothing more: its tokens for this person end at once. Raises NotFound, Denied."""
    permissions.require(actor, "sso.consent.withdraw")
    consent = Consent.objects.select_for_update(of=("self",)).select_related("system").filter(
        uuid=consent_uuid, account_uuid=rules.account_of(actor), withdrawn_at=None
    ).first()  # fmt: skip
    if consent is None:
        raise NotFound(_("没有这项同意，或者已经撤回。"), remedy=_("请刷新页面查看最新列表。"))
    consent.withdrawn_at = at
    consent.save(update_fields=["withdrawn_at"])
    rows = SignIn.objects.select_related("system").filter(system=consent.system, account_uuid=consent.account_uuid)
    for sign_in in rows.filter(ended_at=None):
        end_sign_in_tokens(sign_in, at)
    audit.record(actor, "sso.consent.withdrawn", consent, at=at, detail={"system": consent.system.key})
    return consent
