"""Seeing personal data unmasked is on record for those whom they concern."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import queries as audit_log
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.providers import PURPOSES
from zhengtong.support.forms import services as forms

from .. import rules
from ..models import Case
from .acts import latest_submission, lock_case


@verb
def reveal_submission(*, actor: Actor, case_uuid: UUID, purpose: str, reason: str, at: datetime) -> dict[str, Any]:
    """The latest submission unmasked: one answer, one audit entry naming its purpose and whose data were read.

    `purpose` is the key of one that is lawful for this, `reason` says in words what for. Raises Denied, Invalid.
    """
    case = lock_case(case_uuid)
    _check_chosen(actor, case, purpose)
    permissions.require(actor, "cases.case.reveal", case, purpose=purpose)
    reason = rules.check_text(reason, "reason", rules.REVEAL_REASON, least=2, most=200)
    version = public_services.get_pinned_version(case.service_version_uuid)
    words = f"{PURPOSES.get(purpose)['zh']}：{reason}"
    audit.record_read(actor, [case.applicant_urn], words, case, at=at, case_urn=case.urn)
    return forms.reveal(public_services.form_of(version), latest_submission(case).data)


def _check_chosen(actor: Actor, case: Case, purpose: str) -> None:
    """A form sent without a purpose is incomplete, not forbidden: who may choose one is told to."""
    if not purpose and permissions.purposes_for(actor, "cases.case.reveal", case):
        message = _("请选择查看目的。")
        raise Invalid(message, fields=[FieldError("purpose", message)])


@verb
def note_look(*, actor: Actor, case: Case, urn: str, at: datetime) -> None:
    """An official opens a file or a paper of a case: one entry for each officer, thing and day, for the case's sake.

    The applicant's own looks are nobody's business. The caller has checked that the actor may read the case.
    """
    midnight = at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    if actor.is_official and not audit_log.has_read(actor.urn, urn, since=midnight):
        purpose = f"{case.title['zh']} {case.number}"
        audit.record_read(actor, [case.applicant_urn], purpose, urn, at=at, case_urn=case.urn)
