"""The applicant's verbs: submit, hand in the supplement, withdraw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.compiled import insert
from zhengtong.kernel.events import services as events
from zhengtong.kernel.transactions import verb
from zhengtong.resources.credentials import services as credentials
from zhengtong.security.audit import services as audit
from zhengtong.security.identity import queries as identity
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import services as deadlines
from zhengtong.support.forms import services as forms
from zhengtong.support.numbering import services as numbering
from zhengtong.support.workflow import services as workflow

from .. import law, rules
from ..applicants import check_applicant, eligibility_faults
from ..events import CaseClosed, CaseSubmitted
from ..models import Case, Evidence, Review, Status, Submission
from ..policies import Intent
from ..query_passwords import new_query_password, query_code
from .acts import lock_case, tell_applicant, witness
from .evidence import EvidenceItem, check_evidence, state_data, titles_of
from .papers import issue_paper
from .supplement import drop_supplement_drafts


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the applicant takes home: the case, the query password (shown once) and the signed receipt."""

    case: Case
    query_password: str
    receipt: dict[str, Any]


@verb
def submit_case(
    *, actor: Actor, version_uuid: UUID, data: Mapping[str, Any], evidence: Sequence[EvidenceItem], at: datetime
) -> Submitted:
    """File an application under the current version of a service (journey step 5).

    Raises Denied, Conflict (the version is no longer current), Invalid with one FieldError for every fault of the form
    and every missing piece of evidence. `data` holds the answers to the questions before applying under `$answers`:
    they are judged here again. Register values are fetched again: what the browser sent of them is ignored.
    """
    version = public_services.get_version(version_uuid)
    permissions.require(actor, "cases.case.submit", Intent(version.service.key))
    check_applicant(actor, version)
    stated, faults = state_data(version, data, actor=actor, at=at)
    evidence, missing = check_evidence(version, stated, evidence, holder_urn=actor.party_urn, at=at)
    unfit = eligibility_faults(version, data, stated)
    rules.check_submission(is_current=public_services.is_current(version), faults=[*unfit, *faults, *missing])
    password = new_query_password()
    conditions = public_services.review_conditions(version, stated)
    case = _open_case(actor, version, password, conditions, at=at)
    _keep(actor, case, version, stated, evidence, round_=1, at=at)
    workflow.start(version.process_definition_uuid, case.urn, conditions, at=at)
    days = _start_acceptance(case, version, at=at)
    entry = witness(actor, "cases.case.submitted", case, at=at, version=version.number, party=actor.party_urn)
    issue_paper(case, "received", at=at, evidence=titles_of(version, evidence), acceptance_days=days)
    events.publish(CaseSubmitted(case_uuid=str(case.uuid)))
    return Submitted(case, password, audit.receipt(entry))


def _open_case(actor: Actor, version: Any, password: str, conditions: Mapping[str, bool], *, at: datetime) -> Case:
    service = version.service
    party = identity.get_party(actor.party_urn)
    lead = public_services.lead_organisation(version)
    number = numbering.case_number(at=at)
    return insert(
        Case(
            number=number,
            query_code=query_code(number, password),
            service_key=service.key,
            service_version_uuid=version.uuid,
            service_type=version.manifest["service_type"],
            title=service.title,
            applicant_urn=actor.party_urn,
            applicant_name=party.name,
            submitted_by_urn=actor.urn,
            lead_organisation_uuid=lead.uuid,
            division_path=lead.division_id,
            secrecy=public_services.secrecy_of(version),
            review_organisations=public_services.reviewing_organisations(version, conditions),
            submitted_at=at,
        )
    )


def _start_acceptance(case: Case, version: Any, *, at: datetime) -> int:
    """The window's days to accept begin, as many as the service promises. Returns how many."""
    days = public_services.get_decision(version).acceptance_days
    deadlines.start_clock(
        case.urn, "acceptance", "acceptance", days, basis=law.basis(case.service_type, "acceptance"), at=at,
        organisation_uuid=case.lead_organisation_uuid,
    )  # fmt: skip
    return days


def _keep(
    actor: Actor,
    case: Case,
    version: Any,
    data: Mapping[str, Any],
    evidence: Sequence[EvidenceItem],
    *,
    round_: int,
    at: datetime,
) -> None:
    """Store one round; the holder of a credential sees later that this case used it."""
    protected = forms.protect(public_services.form_of(version), data)
    insert(Submission(case=case, round=round_, data=protected, submitted_at=at))
    Evidence.objects.bulk_create(
        Evidence(
            case=case,
            requirement_key=item.requirement_key,
            round=round_,
            file_uuid=item.file_uuid,
            credential_uuid=item.credential_uuid,
        )
        for item in evidence
    )
    purpose = f"{case.title['zh']} {case.number}"
    for item in evidence:
        if item.credential_uuid:
            credentials.record_use(actor, uuid=item.credential_uuid, case_urn=case.urn, purpose=purpose, at=at)


@verb
def submit_supplement(
    *,
    actor: Actor,
    case_uuid: UUID,
    data: Mapping[str, Any],
    evidence: Sequence[EvidenceItem],
    at: datetime,
    revision: int | None = None,
) -> Submitted:
    """Answer the supplement notice: the case goes back to the window, and its days to accept begin anew."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.own", case)
    rules.check_may("submit_supplement", case.status)
    version = public_services.get_version(case.service_version_uuid)
    check_applicant(actor, version)
    stated, faults = state_data(version, data, actor=actor, at=at)
    evidence, missing = check_evidence(version, stated, evidence, holder_urn=case.applicant_urn, at=at)
    rules.check_submission(is_current=True, faults=[*faults, *missing])
    notice = case.supplement_notice
    notice.answered_at = at
    notice.save(update_fields=["answered_at"])
    _keep(actor, case, version, stated, evidence, round_=case.submissions.count() + 1, at=at)
    conditions = public_services.review_conditions(version, stated)
    case.move(
        status=Status.SUBMITTED, review_organisations=public_services.reviewing_organisations(version, conditions)
    )
    drop_supplement_drafts(case)
    deadlines.stop(case.urn, "supplement", at=at)
    _start_acceptance(case, version, at=at)
    entry = witness(actor, "cases.case.supplemented", case, at=at)
    events.publish(CaseSubmitted(case_uuid=str(case.uuid)))
    return Submitted(case, "", audit.receipt(entry))


@verb
def withdraw_case(*, actor: Actor, case_uuid: UUID, reason: str, at: datetime, revision: int | None = None) -> Case:
    """The applicant takes the application back; possible until the decision. Every clock stops."""
    case = lock_case(case_uuid, revision=revision)
    permissions.require(actor, "cases.case.own", case)
    rules.check_may("withdraw", case.status)
    reason = rules.check_text(reason, "reason", rules.REASON, least=0, most=500)
    case.reviews.exclude(state=Review.State.CLOSED).update(state=Review.State.CANCELLED)
    case.move(status=Status.WITHDRAWN, is_suspended=False, words=reason)
    drop_supplement_drafts(case)
    deadlines.stop(case.urn, at=at)
    workflow.cancel(case.urn, at=at)
    witness(actor, "cases.case.withdrawn", case, at=at, said=True)
    tell_applicant(case, "withdrawn", ("您的申请已撤回", "Your application has been withdrawn"), at=at)
    events.publish(CaseClosed(case_uuid=str(case.uuid)))
    return case
