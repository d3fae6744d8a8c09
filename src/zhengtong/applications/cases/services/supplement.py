"""The supplement as a draft: what was filed is laid out again, to be completed and handed in once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.transactions import verb
from zhengtong.security.permissions import services as permissions
from zhengtong.support.forms import services as forms

from .. import rules
from ..models import Case, DraftEvidence
from .acts import lock_case


@verb
def start_supplement(*, actor: Actor, case_uuid: UUID, at: datetime) -> Any:
    """The draft in which the applicant answers the notice; the same one at a second call."""
    case = lock_case(case_uuid)
    permissions.require(actor, "cases.case.own", case)
    rules.check_may("submit_supplement", case.status)
    notice = case.supplement_notice
    if notice.draft_uuid is None:
        draft = _lay_out(actor, case, at=at)
        notice.draft_uuid = draft.uuid
        notice.save(update_fields=["draft_uuid"])
    return notice.draft_uuid


def _lay_out(actor: Actor, case: Case, *, at: datetime) -> Any:
    version = public_services.get_version(case.service_version_uuid)
    latest = case.submissions.latest("round")
    data = forms.reveal(public_services.form_of(version), latest.data)
    draft = forms.save_draft(
        actor=actor, service_key=f"supplement-{case.number}", version_uuid=version.uuid, data=data, step="", at=at
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
