"""Acting for a child or a parent: confirmed at a window against the document, or granted by the parent's own account.

A guardian's power over a minor ends by itself on the eighteenth birthday (民法典 17, 23, 27); over an adult it needs a
court's ruling (28) and an end; an adult's agent needs his written power, with matters and end (165).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import CHINA, china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.identifiers import birth_date_of, normalise
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import queries, rules
from ..models import Person, Representation
from ..rules import CareFault
from .agencies import agency_error, enter_agency, find_agent, is_minor
from .people import check_person, create_person


@dataclass(frozen=True, slots=True)
class Named:
    """A person as the document names him."""

    name: str
    id_number: str


@verb
def confirm_care(
    *,
    actor: Actor,
    kind: str,
    agent: Named,
    principal: Named,
    basis: str,
    scope: Sequence[str],
    valid_to: datetime | None,
    at: datetime,
) -> Representation:
    """The clerk saw both documents: `agent` may act for `principal`, as `guardian` or as `agent`, until an end.

    A minor's guardian needs no `valid_to`: it is the eighteenth birthday. A principal not known yet is entered at level
    2. Raises Invalid (field by field), NotFound (the agent has no confirmed account), Conflict, Denied.
    """
    permissions.require(actor, "identity.agency.confirm")
    faults = _faults_of(principal, at)
    if faults:
        raise Invalid(fields=faults)
    hand = find_agent(agent.name, agent.id_number)
    _check(kind, basis, hand, principal, at)
    end = _end(principal, valid_to, at)
    scope = rules.tidy_scope(scope)
    fault = rules.check_agency(scope, end, at, queries.known_services(Person.urn_noun))
    if fault and not (fault is rules.AgencyFault.TOO_LONG and _is_minor(principal, at)):
        raise Invalid(fields=[agency_error(fault)])
    ward = _principal(actor, principal, at)
    permissions.require(actor, "identity.agency.confirm", Representation(person=hand, principal=ward))
    if Representation.objects.in_force(at).filter(person=hand, principal=ward).exists():
        raise Conflict(_("两人之间已有有效的代办关系。"), remedy=_("如需变更范围或期限，请先解除原关系再重新登记。"))
    return enter_agency(actor=actor, party=ward, agent=hand, scope=scope, valid_to=end, at=at, kind=kind, basis=basis)


def _faults_of(principal: Named, at: datetime) -> list[FieldError]:
    number = principal.id_number.strip()
    faults = check_person(name=principal.name, id_number=number, at=at)
    named = [FieldError(f"principal_{fault.path}", fault.message, fault.label) for fault in faults]
    if not number:
        named.append(FieldError("principal_id_number", _("请填写身份证号。"), _("身份证号")))
    return named


def _born(principal: Named) -> date:
    return birth_date_of(normalise(principal.id_number))


def _is_minor(principal: Named, at: datetime) -> bool:
    return not rules.is_adult(_born(principal), china_date(at))


def _check(kind: str, basis: str, hand: Person, principal: Named, at: datetime) -> None:
    """Whether the document and both ages allow it at all. Raises Invalid."""
    if str(hand.id_number) == normalise(principal.id_number):
        raise _fault("principal_id_number", _("代办人和被代办人不能是同一个人。"))
    if is_minor(hand, at):
        raise _fault("agent_id_number", _("代办人须年满十八周岁。"))
    fault = rules.check_care(kind, basis, is_minor=_is_minor(principal, at))
    if fault:
        raise _fault(*_said(fault))


def _said(fault: CareFault) -> tuple[str, str]:
    """The field and the words."""
    return {
        CareFault.NO_RELATION: ("kind", _("请选择关系。")),
        CareFault.NO_DOCUMENT: ("basis", _("监护未成年人须有户口簿、出生医学证明或法院文书。")),
        CareFault.MINOR_NEEDS_GUARDIAN: ("kind", _("被代办人未成年，请登记监护关系。")),
        CareFault.ADULT_NEEDS_RULING: (
            "basis", _("被代办人已成年：监护关系须有法院的判决书；其他情形请登记委托代办。"),
        ),
        CareFault.NO_POWER: ("basis", _("委托代办须有本人签字的授权委托书。")),
    }[fault]  # fmt: skip


def _end(principal: Named, valid_to: datetime | None, at: datetime) -> datetime:
    """A minor's guardian: the eighteenth birthday. Else the day given. Raises Invalid."""
    if _is_minor(principal, at):
        return datetime.combine(rules.birthday(_born(principal), rules.ADULT), time(), CHINA)
    if valid_to is None:
        raise _fault("valid_to", _("请填写截止日期，例如 2027-12-31。"))
    return valid_to


def _fault(path: str, message: str) -> Invalid:
    labels = {
        "kind": _("关系"), "basis": _("证明材料"), "valid_to": _("截止日期"), "agent_id_number": _("代办人身份证号"),
        "principal_id_number": _("被代办人身份证号"),
    }  # fmt: skip
    return Invalid(fields=[FieldError(path, message, labels[path])])


def _principal(actor: Actor, named: Named, at: datetime) -> Person:
    """Who has proved the number, or a person entered now, without an account: the clerk has seen the document."""
    person = queries.people_with(named.id_number).filter(assurance_level__gte=Person.Assurance.SEEN)
    found = person.select_for_update(of=("self",)).select_related("account").first()
    if found is None:
        return create_person(
            actor=actor, name=named.name, id_number=named.id_number, assurance_level=Person.Assurance.SEEN, at=at
        )
    if found.name.split() != named.name.split():
        raise _fault("principal_id_number", _("姓名与该证件号码已登记的姓名不一致，请按证件原件核对。"))
    return found


@verb
def end_care(*, actor: Actor, representation_uuid: uuid.UUID, reason: str, at: datetime) -> Representation:
    """End it at a window, on a document or at the wish of the person acted for. Raises NotFound, Conflict, Invalid,
    Denied."""
    rows = Representation.objects.select_for_update(of=("self",)).exclude(principal=None)
    agency = rows.select_related("principal__account", "person__account").filter(uuid=representation_uuid).first()
    if agency is None:
        raise NotFound(_("没有找到该代办关系。"), remedy=_("请按被代办人的身份证号重新查询。"))
    permissions.require(actor, "identity.agency.confirm", agency)
    if agency.revoked_at is not None:
        raise Conflict(_("该授权已被撤销。"))
    if not reason.strip():
        raise Invalid(_("解除关系须写明理由。"), remedy=_("请写明理由，例如“监护人变更，见判决书”。"))
    agency.revoked_at = max(at, agency.valid_from)
    agency.save(update_fields=["revoked_at"])
    detail = {"agent": agency.person.urn, "for": agency.party.urn, "reason": reason.strip()[:500]}
    audit.record(actor, "identity.agency.ended", agency, at=at, detail=detail)
    return agency
