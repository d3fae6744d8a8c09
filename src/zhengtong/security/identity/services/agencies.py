"""Powers of agency: a legal representative lets somebody act for the entity, a person for himself, within a scope,
until a day."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.events import services as events
from zhengtong.kernel.identifiers import birth_date_of
from zhengtong.kernel.ids import parse_urn
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import queries, rules
from ..events import PowerOverPersonGranted
from ..models import LegalEntity, Person, Representation
from ..rules import AgencyFault


def agency_error(fault: AgencyFault) -> FieldError:
    scope, until = _("授权事项"), _("授权截止日期")
    return {
        AgencyFault.NO_SCOPE: FieldError("scope", _("请至少选择一个事项，或选择“全部事项”。"), scope),
        AgencyFault.UNKNOWN_SERVICE: FieldError("scope", _("所选事项不存在或已下线，请重新选择。"), scope),
        AgencyFault.ENDS_IN_THE_PAST: FieldError("valid_to", _("截止日期须晚于今天。"), until),
        AgencyFault.TOO_LONG: FieldError("valid_to", _("授权最长三年，请选择更早的截止日期。"), until),
    }[fault]


@verb
def grant_agency(
    *,
    actor: Actor,
    agent_name: str,
    agent_id_number: str,
    scope: Sequence[str],
    valid_to: datetime,
    at: datetime,
    kind: str = Representation.Kind.AGENT,
) -> Representation:
    """Let a registered person act for the legal entity of the actor, or for the actor himself (民法典 165), on some
    services (`["*"]`: all), until `valid_to`.

    Raises Invalid (field by field), NotFound (no registered person of that name and number), Conflict, Denied.
    """
    permissions.require(actor, "identity.agency.grant")
    party = _locked_party(actor.party_urn)
    _require_capable(party, at)
    scope = rules.tidy_scope(scope)
    fault = rules.check_agency(scope, valid_to, at, queries.known_services(party.urn_noun))
    if fault:
        raise Invalid(fields=[agency_error(fault)])
    agent = find_agent(agent_name, agent_id_number)
    if agent.account_id and agent.account and agent.account.uuid == actor.account_uuid:
        raise Invalid(fields=[FieldError("agent_id_number", _("无需授权本人。"), _("代理人身份证号"))])
    if is_minor(agent, at):
        raise Invalid(fields=[FieldError("agent_id_number", _("代理人须年满十八周岁。"), _("代理人身份证号"))])
    if Representation.objects.in_force(at).filter(person=agent, **_of(party)).exists():
        raise Conflict(_("该人员已有有效的授权。"), remedy=_("如需变更范围或期限，请先撤销原授权再重新授权。"))
    return enter_agency(actor=actor, party=party, agent=agent, scope=scope, valid_to=valid_to, at=at, kind=kind)


def _locked_party(urn: str) -> LegalEntity | Person:
    parts = parse_urn(urn)
    model = LegalEntity if parts.noun == LegalEntity.urn_noun else Person
    return model.objects.select_for_update().get(uuid=parts.uuid)  # type: ignore[no-any-return]


def _require_capable(party: LegalEntity | Person, at: datetime) -> None:
    """A minor, or whoever has a guardian, empowers nobody himself (民法典 19, 22, 23). Raises Conflict."""
    if not isinstance(party, Person):
        return
    guardians = Representation.objects.in_force(at).filter(principal=party, kind=Representation.Kind.GUARDIAN)
    if is_minor(party, at) or guardians.exists():
        raise Conflict(
            _("未成年人和有监护人的人不能自行授权代理人。"), remedy=_("请由监护人携带证件到政务服务大厅窗口办理。")
        )


def is_minor(person: Person, at: datetime) -> bool:
    """By the number; of whom none is on file, nothing is known."""
    number = str(person.id_number or "")
    return bool(number) and not rules.is_adult(birth_date_of(number), china_date(at))


def _of(party: LegalEntity | Person) -> dict[str, LegalEntity | Person]:
    return {"entity": party} if isinstance(party, LegalEntity) else {"principal": party}


def enter_agency(
    *,
    actor: Actor,
    party: LegalEntity | Person,
    agent: Person,
    scope: list[str],
    valid_to: datetime,
    at: datetime,
    kind: str = Representation.Kind.AGENT,
    basis: str = "",
) -> Representation:
    """Write a power that has been checked, witness it, and let its principal be told. `basis`: seen at a window."""
    agency = Representation.objects.create(
        person=agent, **_of(party), kind=kind, scope=scope, valid_from=at, valid_to=valid_to, basis=basis,
        granted_by_urn=actor.urn,
    )  # fmt: skip
    detail = {"kind": str(kind), "scope": scope, "until": valid_to.isoformat(), "agent": agent.urn, "for": party.urn}
    if basis:
        detail["basis"] = str(basis)
    action = "identity.agency.confirmed" if basis else "identity.agency.granted"
    audit.record(actor, action, agency, at=at, detail=detail)
    if isinstance(party, Person):
        events.publish(PowerOverPersonGranted(representation_uuid=str(agency.uuid)))
    return agency


def find_agent(name: str, id_number: str) -> Person:
    """One answer for a wrong name and an unknown number: nobody learns here who has an account.

    Only who has proved the identity: anybody may state somebody else's name and number.
    """
    person = queries.find_person(id_number) if id_number.strip() else None
    proved = person is not None and person.assurance_level >= Person.Assurance.SEEN
    if person is None or not proved or person.name != name.strip() or person.account_id is None:
        raise NotFound(
            _("没有找到姓名与身份证号一致、并已核验身份的注册用户。"),
            remedy=_("请核对姓名和身份证号；代理人须先在本站注册个人账号，并携带身份证到窗口核验身份。"),
        )
    return person


@verb
def revoke_agency(*, actor: Actor, representation_uuid: uuid.UUID, at: datetime) -> Representation:
    """End a power at once: by the legal representative or the person for whom one acts, or by the agent himself.

    Raises NotFound, Conflict, Denied."""
    agencies = Representation.objects.select_for_update(of=("self",)).select_related(
        "entity", "principal__account", "person__account"
    )
    agency = agencies.filter(uuid=representation_uuid).first()
    if agency is None:
        raise NotFound(_("没有找到该授权。"), remedy=_("请在“我的授权与代理”中选择。"))
    permissions.require(actor, "identity.agency.revoke", agency)
    if agency.revoked_at is not None:
        raise Conflict(_("该授权已被撤销。"))
    agency.revoked_at = max(at, agency.valid_from)
    agency.save(update_fields=["revoked_at"])
    audit.record(actor, "identity.agency.revoked", agency, at=at, detail={"agent": agency.person.urn})
    return agency
