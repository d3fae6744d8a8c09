"""The supplement as a draft: what was filed is laid out again, to be completed and handed in once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.transactions import verb
from zhengtong.security.permissions import services as permissions
from zhengtong.support.forms import queries as form_queries
from zhengtong.support.forms import services as forms

from .. import rules
from ..models import Case, DraftEvidence
from .acts import latest_submission, lock_case


@verb
def start_supplement(*, actor: Actor, case_uuid: UUID, at: datetime) -> UUID:
    """The draft in which this hand answers the notice: its own one, or what was filed laid out anew.

    Each hand of the party has a draft of its own, as with any form; the first that is handed in is the answer.
    """
    case = lock_case(case_uuid)
    permissions.require(actor, "cases.case.own", case)
    rules.check_may("submit_supplement", case.status)
    draft = form_queries.find_draft(actor, rules.supplement_key(case.number)) or _lay_out(actor, case, at=at)
    return draft.uuid


def _lay_out(actor: Actor, case: Case, *, at: datetime) -> Any:
    version = public_services.get_version(case.service_version_uuid)
    latest = latest_submission(case)
    data = forms.reveal(public_services.form_of(version), latest.data)
    draft = forms.save_draft(
        actor=actor, service_key=rules.supplement_key(case.number), version_uuid=version.uuid, data=data, step="", at=at
    )
    DraftEvidence.objects.bulk_create(
        DraftEvidence(
            draft_uuid=draft.uuid,
            requirement_key=item.requirement_key,
            file_uuid=item.file_uuid,
            credential_uuid=item.credential_uuid,
        )
        for item in case.evidence.filter(round=latest.round)
    )
    return draft


def drop_supplement_drafts(case: Case) -> None:
    """The notice is answered, or cannot be any more: the drafts of every hand of the party go."""
    gone = forms.discard_drafts(party_urn=case.applicant_urn, service_key=rules.supplement_key(case.number))
    DraftEvidence.objects.filter(draft_uuid__in=gone).delete()
