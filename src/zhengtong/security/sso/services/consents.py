"""What a person agrees that a system learns; remembered until it is withdrawn."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import rules
from ..models import Consent, SignIn, System
from .tokens import end_sign_in_tokens


@verb
def give_consent(*, actor: Actor, system: System, scopes: Sequence[str], at: datetime) -> Consent:
    """The person agrees to these scopes, in addition to what was agreed before. Raises Denied."""
    permissions.require(actor, "sso.consent.give")
    former = Consent.objects.select_for_update().filter(
        system=system, account_uuid=rules.account_of(actor), withdrawn_at=None
    ).first()  # fmt: skip
    if former is not None and set(scopes) <= set(former.scopes):
        return former
    agreed = sorted({*scopes, *(former.scopes if former else ())})
    if former is not None:
        former.scopes = agreed
        former.save(update_fields=["scopes"])
    consent = former or Consent.objects.create(
        system=system, account_uuid=rules.account_of(actor), scopes=agreed, given_at=at
    )
    audit.record(actor, "sso.consent.given", consent, at=at, detail={"system": system.key, "scopes": agreed})
    return consent


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
    for sign_in in SignIn.objects.filter(system=consent.system, account_uuid=consent.account_uuid, ended_at=None):
        end_sign_in_tokens(sign_in, at)
    audit.record(actor, "sso.consent.withdrawn", consent, at=at, detail={"system": consent.system.key})
    return consent
