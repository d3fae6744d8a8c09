"""Who may apply at all (asked before the first question, when drafting, and again when filing), and what a draft is."""

from __future__ import annotations

from typing import Any

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Invalid, ZhengtongError

from . import rules
from .models import SupplementNotice


def check_applicant(actor: Actor, version: Any) -> None:
    """Who applies is of the kind the service is for, and known surely enough. No query.

    Raises WrongParty, IdentityNotProved.
    """
    rules.check_audience(public_services.audience_of(version), actor.party_urn)
    rules.check_assurance(public_services.assurance_of(version), actor.assurance)


def find_obstacle(actor: Actor, version: Any) -> ZhengtongError | None:
    """Why the actor, as whoever he acts for now, cannot apply at all; told before any question is asked."""
    try:
        check_applicant(actor, version)
    except Invalid as obstacle:
        return obstacle
    return None


def find_notice_answered_by(draft: Any) -> SupplementNotice | None:
    """The supplement notice that a form draft answers; None for the draft of an application (then no query)."""
    number = rules.supplemented_number(draft.service_key)
    if not number:
        return None
    notices = SupplementNotice.objects.select_related("case")
    return notices.filter(case__number=number, case__applicant_urn=draft.party_urn).first()
