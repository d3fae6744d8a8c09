"""Who may apply at all: asked before the first question, when drafting, and again when filing."""

from typing import Any

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor

from . import rules


def check_applicant(actor: Actor, version: Any) -> None:
    """Who applies is of the kind the service is for, and known surely enough. No query.

    Raises WrongParty, IdentityNotProved.
    """
    rules.check_audience(public_services.audience_of(version), actor.party_urn)
    rules.check_assurance(public_services.assurance_of(version), actor.assurance)
