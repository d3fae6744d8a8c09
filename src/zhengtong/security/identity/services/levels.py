"""Level 3 and its end: who gave it, until when, and who took it back. Each change is a row, an entry, and an event."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, FieldError, Invalid
from zhengtong.kernel.events import services as events
from zhengtong.kernel.identifiers import normalise
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import rules
from ..events import LevelChanged
from ..models import Account, Person, Verification

State = Verification.State
VERIFIED = Person.Assurance.VERIFIED
LONGEST_REASON = 500


def raise_level(person: Person, row: Verification, until: datetime, at: datetime) -> None:
    """The person is at level 3 by this row until then; what made the level before makes way."""
    end_standing(person, _("由新的核验取代"), at)
    row.state, row.decided_at, row.valid_to = State.CONFIRMED, at, until
    row.save()
    person.set_level(VERIFIED, until)
    person.save(update_fields=["assurance_level", "assurance_until"])
    events.publish(LevelChanged(person_uuid=str(person.uuid), level=int(VERIFIED), reason="", changed_at=at))


def end_standing(person: Person, reason: str, at: datetime, *, by_urn: str = "") -> None:
    """What made the level counts no more, nor does a request that ran out. `by_urn`: the official who took it back."""
    person.verifications.filter(state=State.REQUESTED, expires_at__lte=at).update(state=State.EXPIRED)
    row = person.verifications.select_for_update().standing().first()
    if row is not None:
        row.state, row.ended_at, row.ended_by_urn, row.reason = State.ENDED, at, by_urn, reason[:LONGEST_REASON]
        row.save(update_fields=["state", "ended_at", "ended_by_urn", "reason"])


@verb
def take_back_level(*, actor: Actor, username: str, name: str, level: int, reason: str, at: datetime) -> Person:
    """Somebody was mistaken, or the document was lost or forged: down to level 2, or to 1, where the number is no
    longer anybody's proof. Name and user name must agree. Raises Invalid, Conflict (not so high), Denied."""
    people = Person.objects.select_for_update(of=("self",)).select_related("account")
    person = people.filter(account__username=username.strip()).first()
    permissions.require(actor, "identity.person.lower", person)
    person = _to_be_lowered(person, name, level, reason, at)
    person.verifications.filter(state=State.REQUESTED).update(state=State.WITHDRAWN)
    end_standing(person, reason.strip(), at, by_urn=actor.urn)
    _lower(actor, person, level, reason.strip(), at)
    return person


def _lower(actor: Actor, person: Person, level: int, reason: str, at: datetime) -> None:
    detail = {"from": person.level_at(at), "to": int(level), "reason": reason}
    person.set_level(level)
    person.save(update_fields=["assurance_level", "assurance_until"])
    audit.record(actor, "identity.person.lowered", person, at=at, detail=detail)
    events.publish(LevelChanged(person_uuid=str(person.uuid), level=int(level), reason=reason, changed_at=at))


def _to_be_lowered(person: Person | None, name: str, level: int, reason: str, at: datetime) -> Person:
    """The person, if everything was said. One answer for a wrong name and a wrong user name."""
    faults = []
    if person is None or person.name.split() != name.split():
        faults.append(FieldError("username", _("没有这个用户名，或者姓名与该账号登记的不一致。"), _("用户名")))
    if level not in (Person.Assurance.STATED, Person.Assurance.SEEN):
        faults.append(FieldError("level", _("请选择降到一级还是二级。"), _("降到")))
    if not 2 <= len(reason.strip()) <= LONGEST_REASON:
        faults.append(FieldError("reason", _("请写明理由，2 至 500 字，例如“证件已挂失”。"), _("理由")))
    if faults:
        raise Invalid(fields=faults)
    assert person is not None  # said above
    if person.level_at(at) <= level:
        raise Conflict(_("该账号现在的实名等级不高于所选的等级。"), remedy=_("无需办理。"))
    return person


@verb
def note_vouched(*, actor: Actor, account: Account, id_number: str, level: int, issuer: str, at: datetime) -> None:
    """What the provider above says of somebody who arrives again: level 3 is given or renewed, and a level 3 that came
    from this provider ends when it no longer says so. Whose number is not proved here gets nothing. Raises Denied."""
    permissions.require(actor, "identity.person.create", account)
    person = Person.objects.select_for_update().filter(account=account).first()
    if person is None or person.assurance_level < Person.Assurance.SEEN:
        return
    differs = bool(id_number.strip()) and normalise(id_number) != str(person.id_number)
    standing = person.verifications.standing().first()
    from_there = standing is not None and standing.way == Verification.Way.PROVIDER and standing.issuer == issuer
    if level >= VERIFIED and not differs:
        if standing is None or from_there or person.level_at(at) < VERIFIED:
            vouch(actor=actor, person=person, issuer=issuer, at=at)
    elif from_there and person.level_at(at) == VERIFIED:
        reason = _("上级平台不再确认三级")
        end_standing(person, reason, at)
        _lower(actor, person, Person.Assurance.SEEN, reason, at)


def vouch(*, actor: Actor, person: Person, issuer: str, at: datetime) -> None:
    """Level 3 by the word of the provider above; noted once a day at most, for people sign in often. What an official
    took back comes again only at a window."""
    standing = person.verifications.standing().first()
    if standing is not None and standing.decided_at and at - standing.decided_at < rules.RENEWED_EVERY:
        return
    latest = person.verifications.filter(state=State.ENDED).order_by("-id").first()
    if standing is None and latest is not None and latest.ended_by_urn:
        return
    row = Verification(
        person=person, holder_urn=person.account.urn if person.account else "", way=Verification.Way.PROVIDER,
        issuer=issuer, requested_by_urn=actor.urn, decided_by_urn=actor.urn, requested_at=at, expires_at=at,
    )  # fmt: skip
    raise_level(person, row, at + rules.LEVEL_3_LASTS, at)
    detail = {"level": int(VERIFIED), "issuer": issuer, "until": row.valid_to.isoformat() if row.valid_to else ""}
    audit.record(actor, "identity.person.vouched", person, at=at, detail=detail)
