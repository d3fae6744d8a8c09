"""Powers of agency: a legal representative lets somebody act for the entity, within a scope, until a day."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.ids import parse_urn
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import queries, rules
from ..models import LegalEntity, Person, Representation
from ..rules import AgencyFault


def _agency_error(fault: AgencyFault) -> FieldError:
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
    """Let a registered person act for the legal entity of the actor, on some services (`["*"]`: all), until `valid_to`.

    Raises Invalid (field by field), NotFound (no registered person of that name and number), Conflict, Denied.
    """
    permissions.require(actor, "identity.agency.grant")
    entity = LegalEntity.objects.select_for_update().get(uuid=parse_urn(actor.party_urn).uuid)
    scope = rules.tidy_scope(scope)
    fault = rules.check_agency(scope, valid_to, at, queries.known_services())
    if fault:
        raise Invalid(fields=[_agency_error(fault)])
    agent = _find_agent(agent_name, agent_id_number)
    if agent.account_id and agent.account and agent.account.uuid == actor.account_uuid:
        raise Invalid(fields=[FieldError("agent_id_number", _("法定代表人无需授权本人。"), _("代理人身份证号"))])
    if Representation.objects.in_force(at).filter(person=agent, entity=entity).exists():
        raise Conflict(_("该人员已有本单位的有效授权。"), remedy=_("如需变更范围或期限，请先撤销原授权再重新授权。"))
    return enter_agency(actor=actor, entity=entity, agent=agent, scope=scope, valid_to=valid_to, at=at, kind=kind)


def enter_agency(
    *,
    actor: Actor,
    entity: LegalEntity,
    agent: Person,
    scope: list[str],
    valid_to: datetime,
    at: datetime,
    kind: str = Representation.Kind.AGENT,
) -> Representation:
    """Write a power that has been checked, and witness it."""
    agency = Representation.objects.create(
        person=agent, entity=entity, kind=kind, scope=scope, valid_from=at, valid_to=valid_to, granted_by_urn=actor.urn
    )
    detail = {"kind": str(kind), "scope": scope, "until": valid_to.isoformat(), "agent": agent.urn}
    audit.record(actor, "identity.agency.granted", agency, at=at, detail=detail)
    return agency


def _find_agent(name: str, id_number: str) -> Person:
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
    """End a power at once: by the legal representative, or by the agent himself. Raises NotFound, Conflict, Denied."""
    agencies = Representation.objects.select_for_update(of=("self",)).select_related("entity", "person__account")
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
