"""Questions about level 3: who waits for a second official, how it was reached, until when. `queries` is the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zhengtong.kernel.actors import Actor
from zhengtong.security.permissions import services as permissions

from .models import Account, Person, Verification


@dataclass(frozen=True, slots=True)
class Standing:
    """The level of a person now. `until`: of level 3; `way`: how it was reached, empty where nothing says so."""

    level: int
    until: datetime | None
    way: str
    has_run_out: bool


def find_standing(account: Account, at: datetime) -> Standing | None:
    """How surely the account's person is known; None for an account without a person. At most two queries."""
    person = Person.objects.filter(account=account).first()
    if person is None:
        return None
    level = person.level_at(at)
    row = person.verifications.standing().first() if person.assurance_level == Person.Assurance.VERIFIED else None
    is_over = level < person.assurance_level
    return Standing(level, person.assurance_until, row.way if row and not is_over else "", is_over)


def list_verifications(*, actor: Actor, at: datetime) -> list[Verification]:
    """Open requests the actor asked for or may decide on, the oldest first; others see none."""
    rows = Verification.objects.open_at(at).select_related("person__account").order_by("requested_at")
    mine = permissions.filter(actor, "identity.verification.withdraw", rows)
    theirs = permissions.filter(actor, "identity.verification.decide", rows)
    return list(mine | theirs)
