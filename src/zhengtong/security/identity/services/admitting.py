"""Somebody for whom another provider of identities vouches: whose account is it?"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict
from zhengtong.kernel.identifiers import normalise
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import queries
from ..models import Account, Person
from .levels import note_vouched, vouch
from .people import create_person


@verb
def admit(*, actor: Actor, name: str, id_number: str, level: int, at: datetime, issuer: str = "") -> Account:
    """The account of whoever has proved the same number here, or a new one.

    An existing account only where the provider has proved the number too (level 2 or more) and the names agree; what a
    provider merely repeats proves nothing. Level 3 by its word has an end, and stands beside its name (`issuer`).
    Raises Invalid (name, number), Conflict (somebody else has proved the number), Denied.
    """
    permissions.require(actor, "identity.person.create")
    level = level if id_number.strip() and level >= Person.Assurance.SEEN else int(Person.Assurance.STATED)
    known = _who_proved(id_number) if level >= Person.Assurance.SEEN else None
    if known is not None and known.name.split() != name.split():
        raise Conflict(
            _("上级平台给出的姓名与本节点登记的不一致，没有登录。"),
            remedy=_("请携带身份证到政务服务大厅窗口核对。"),
        )
    if known is not None and known.account is not None:
        note_vouched(actor=actor, account=known.account, id_number=id_number, level=level, issuer=issuer, at=at)
        return known.account
    account = Account.objects.create_user(f"u-{secrets.token_hex(6)}", email=None, password=None)
    if known is None:
        seen = min(level, int(Person.Assurance.SEEN))
        known = create_person(actor=actor, account=account, name=name, id_number=id_number, assurance_level=seen, at=at)
        if level >= Person.Assurance.VERIFIED:
            vouch(actor=actor, person=known, issuer=issuer, at=at)
        return account
    known.account = account
    known.save(update_fields=["account"])
    audit.record(actor, "identity.person.confirmed", known, at=at, detail={"level": int(known.assurance_level)})
    note_vouched(actor=actor, account=account, id_number=id_number, level=level, issuer=issuer, at=at)
    return account


def _who_proved(id_number: str) -> Person | None:
    people = queries.people_with(normalise(id_number)).select_for_update(of=("self",)).select_related("account")
    return people.filter(assurance_level__gte=Person.Assurance.SEEN).first()
