"""Change the capacity in which one acts, visibly and on record."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import queries, sessions
from ..models import Account


@verb
def switch_capacity(request: HttpRequest, key: str, *, at: datetime) -> Actor:
    """Act from now on in another capacity of the same account. Raises Invalid when it is not open, Denied."""
    permissions.require(request.actor, "identity.capacity.switch")  # type: ignore[attr-defined]
    account = request.user
    assert isinstance(account, Account)  # the policy has seen to it
    options = {option.key: option for option in queries.list_capacities(account, at)}
    if key not in options:
        raise Invalid(_("您没有这个办事身份，或授权已到期、被撤销。"), remedy=_("请从列出的身份中选择。"))
    actor = queries.actor_for_account(account, key, at=at, mfa=sessions.has_second_factor(request))
    sessions.remember_capacity(request, key)
    request.actor = actor  # type: ignore[attr-defined]
    audit.record(
        actor, "identity.capacity.switched", actor.urn, at=at,
        detail={"capacity": str(actor.capacity), "party": actor.party_urn},
    )  # fmt: skip
    return actor
