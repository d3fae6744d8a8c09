"""The application before it is one: a form draft and the evidence chosen for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.permissions import services as permissions
from zhengtong.support.files import services as files
from zhengtong.support.forms import queries as form_queries
from zhengtong.support.forms import services as forms

from .. import rules
from ..applicants import check_applicant
from ..models import DraftEvidence
from ..policies import Intent


@dataclass(frozen=True, slots=True)
class Begun:
    """A draft, and the titles of what an earlier one held and this version of the service no longer asks."""

    draft: Any
    dropped: tuple[str, ...] = ()


@verb
def start_draft(*, actor: Actor, service_key: str, answers: dict[str, Any], at: datetime) -> Begun:
    """Begin an application under the current version, or begin again.

    What was filled in before is carried over as far as it is still asked. The answers to the questions before applying
    are kept with the draft, to be judged again when it is filed, and go into the form where they match.
    """
    permissions.require(actor, "cases.case.submit", Intent(service_key))
    version = public_services.get_current_version(service_key)
    if version is None:
        raise Invalid(rules.NOT_ONLINE)
    check_applicant(actor, version)
    known = public_services.form_of(version).fields
    typed = public_services.typed_answers(version, answers)
    data, dropped = _carried_over(actor, service_key, version)
    data |= {name: value for name, value in typed.items() if name in known} | {forms.ANSWERS: typed}
    draft = forms.save_draft(actor=actor, service_key=service_key, version_uuid=version.uuid, data=data, step="", at=at)
    return Begun(draft, dropped)


def _carried_over(actor: Actor, service_key: str, version: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the actor's draft holds for this version's form, and the titles of the rest."""
    former = form_queries.find_draft(actor, service_key)
    if former is None:
        return {}, ()
    data = former.data
    if former.version_uuid == version.uuid:
        return data, ()
    known = public_services.form_of(version).fields
    asked = public_services.form_of(public_services.get_version(former.version_uuid)).fields
    kept = {name: value for name, value in data.items() if name in known}
    disputes = {name: text for name, text in (data.get(forms.DISPUTES) or {}).items() if name in known}
    gone = tuple(asked[name].label for name in data if name in asked and name not in known)
    return kept | ({forms.DISPUTES: disputes} if disputes else {}), gone


@verb
def attach_file(
    *, actor: Actor, draft_uuid: UUID, requirement_key: str, stream: Any, name: str, at: datetime
) -> DraftEvidence:
    """Put an uploaded file to a requirement of one's own draft. Raises Invalid where it takes no more files."""
    draft = form_queries.get_draft(actor, draft_uuid)
    requirement = public_services.find_requirement(draft.version_uuid, requirement_key)
    if requirement is None:
        raise Invalid(rules.NOT_ASKED)
    there = DraftEvidence.objects.filter(draft_uuid=draft_uuid, requirement_key=requirement_key).exclude(file_uuid=None)
    rules.check_number_of_files(
        there.count() + 1, requirement.max_files, localised(requirement.title), f"evidence.{requirement_key}"
    )
    stored = files.store(stream, name, actor=actor, at=at, purpose="evidence")
    return DraftEvidence.objects.create(draft_uuid=draft_uuid, requirement_key=requirement_key, file_uuid=stored.uuid)


@verb
def attach_credential(*, actor: Actor, draft_uuid: UUID, requirement_key: str, credential_uuid: UUID) -> DraftEvidence:
    """Refer to a credential already held instead of uploading a copy (在线政务服务规定 7)."""
    form_queries.get_draft(actor, draft_uuid)
    credential = credentials.get(credential_uuid)
    if credential.holder_urn != actor.party_urn:
        raise Invalid(rules.NOT_YOURS)
    item, _created = DraftEvidence.objects.get_or_create(
        draft_uuid=draft_uuid, requirement_key=requirement_key, credential_uuid=credential_uuid
    )
    return item


@verb
def discard_draft(*, actor: Actor, draft_uuid: UUID) -> None:
    """Throw one's own draft away, with the evidence chosen for it. Raises NotFound."""
    forms.discard_draft(actor=actor, uuid=draft_uuid)
    DraftEvidence.objects.filter(draft_uuid=draft_uuid).delete()


@verb
def detach(*, actor: Actor, draft_uuid: UUID, evidence_id: int) -> None:
    """Take a piece of evidence out of one's own draft."""
    form_queries.get_draft(actor, draft_uuid)
    DraftEvidence.objects.filter(draft_uuid=draft_uuid, pk=evidence_id).delete()
