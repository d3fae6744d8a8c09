"""Somebody comes from the provider above (the national platform in life): whose account, and linked by what proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity import services as identity_services

from ..models import UpstreamLink

NODE = system_actor("upstream")


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the provider above says, after its signature was verified. `level`: 0 where it says nothing we know."""

    issuer: str
    subject: str
    name: str
    id_number: str
    level: int


@verb
def arrive(vouched: Vouched, *, at: datetime) -> identity.Account:
    """The account of somebody the provider above vouches for; linked for good at the first arrival.

    Raises Invalid (it told no sound name or number), Conflict (the number is proved by another).
    """
    link = UpstreamLink.objects.filter(issuer=vouched.issuer, subject=vouched.subject).first()
    if link is not None:
        known = identity.find_account(make_urn("identity", "account", link.account_uuid))
        assert known is not None
        identity_services.note_vouched(
            actor=NODE, account=known, id_number=vouched.id_number, level=vouched.level, issuer=vouched.issuer, at=at
        )
        return known
    account = identity_services.admit(
        actor=NODE, name=vouched.name, id_number=vouched.id_number, level=vouched.level, issuer=vouched.issuer, at=at
    )
    UpstreamLink.objects.create(issuer=vouched.issuer, subject=vouched.subject, account_uuid=account.uuid, linked_at=at)
    audit.record(NODE, "sso.upstream.linked", account, at=at, detail={"issuer": vouched.issuer, "level": vouched.level})
    return account


def forget_links(account_uuid: UUID, at: datetime) -> None:  # noqa: ARG001
    """Nobody arrives at this account any more by a link made before; the next arrival proves the number again."""
    UpstreamLink.objects.filter(account_uuid=account_uuid).delete()
