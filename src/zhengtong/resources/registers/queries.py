"""Door: what the registers know, and who is the source of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from zhengtong.kernel import identifiers
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.ids import Urn, parse_urn
from zhengtong.kernel.texts import Texts, mask_name
from zhengtong.resources.standards import queries as standards

from . import rules
from .fields import BY_ELEMENT, REGISTERS, Kind, Register, RegisterField
from .models import Change, LegalEntity, Premises

__all__ = ["Kind", "Register", "RegisterField"]


@dataclass(frozen=True, slots=True)
class Item:
    """One field of a record as a page shows it, with the authority it comes from."""

    name: str
    label: Texts
    value: Any
    source: Texts
    as_of: datetime | None


# -- who is the source ------------------------------------------------------------------------------------------------
def field_authorities() -> list[RegisterField]:
    """Every field of every register with its authority (每个数据项的数源部门)."""
    return [field for register in REGISTERS.values() for field in register.fields]


def find_register_field(data_element: str) -> RegisterField | None:
    """The field that holds this data element, or None if no register does (the once-only rule asks here)."""
    return BY_ELEMENT.get(data_element)


def find_field(register: str, name: str) -> RegisterField | None:
    """A field by its register and name, as a form binds it."""
    return REGISTERS[register].field(name) if register in REGISTERS else None


# -- legal entities ---------------------------------------------------------------------------------------------------
def find_legal_entity(uscc: str) -> LegalEntity | None:
    """The legal entity of this credit code, as people type it."""
    return LegalEntity.objects.filter(uscc=identifiers.normalise(uscc)).first()


def get_legal_entity(uuid: UUID) -> LegalEntity:
    """Raises NotFound."""
    entity = LegalEntity.objects.filter(uuid=uuid).first()
    if entity is None:
        raise NotFound(_("法人库中没有该单位。"), remedy=_("请核对后重试；如为新设单位，请待登记信息入库后再试。"))
    return entity


def find_legal_entity_of(party_urn: str) -> LegalEntity | None:
    """The record of a party; None for a natural person, a malformed URN or an entity the register does not hold."""
    urn = _party(party_urn)
    return LegalEntity.objects.filter(uuid=urn.uuid).first() if urn and urn.noun == "legal_entity" else None


def is_person(party_urn: str) -> bool:
    """Whether the URN names a natural person."""
    urn = _party(party_urn)
    return bool(urn and urn.noun == "person")


def _party(party_urn: str) -> Urn | None:
    try:
        return parse_urn(party_urn)
    except ValueError:
        return None


# -- premises ---------------------------------------------------------------------------------------------------------
def find_premises(certificate_number: str) -> Premises | None:
    return Premises.objects.filter(certificate_number=certificate_number.strip()).first()


def get_premises(uuid: UUID) -> Premises:
    """Raises NotFound."""
    premises = Premises.objects.filter(uuid=uuid).first()
    if premises is None:
        raise NotFound(_("房屋库中没有该房屋。"), remedy=_("请核对不动产权证号后重试。"))
    return premises


def list_premises_of(party_urn: str, *, on: date) -> list[Premises]:
    """Premises the party rents (the lease still running) or owns, those it rents first. One query."""
    return _rented_first(_connected_with(party_urn), party_urn, on)


def find_likely_premises(party_urn: str, *, on: date) -> Premises | None:
    """Where the party most likely works: at its registered address, else the first it rents or owns. One query."""
    return next(iter(list_likely_premises(party_urn, on=on)), None)


def list_likely_premises(party_urn: str, *, on: date) -> list[Premises]:
    """As `list_premises_of`, but first of all where the party most likely works. One query."""
    urn = _party(party_urn)
    party = LegalEntity.objects.filter(uuid=urn.uuid) if urn else LegalEntity.objects.none()
    held = _connected_with(party_urn).annotate(registered_address=Subquery(party.values("address")[:1]))
    registered = next((one.registered_address for one in held), None)
    found = _rented_first(held, party_urn, on)
    likely = rules.choose_premises(found, registered_address=registered or "")
    return sorted(found, key=lambda one: one is not likely)


def _connected_with(party_urn: str) -> QuerySet[Premises]:
    either = Q(occupant_urn=party_urn) | Q(owner_urn=party_urn)
    return Premises.objects.filter(either).order_by("certificate_number") if party_urn else Premises.objects.none()


def _rented_first(premises: Iterable[Premises], party_urn: str, on: date) -> list[Premises]:
    found = [(one.is_rented_by(party_urn, on), one) for one in premises]
    rented = [one for is_rented, one in found if is_rented]
    return rented + [one for is_rented, one in found if not is_rented and one.owner_urn == party_urn]


# -- pages ------------------------------------------------------------------------------------------------------------
def describe(record: LegalEntity | Premises, *, masked: bool = True) -> list[Item]:
    """The record field by field with labels and sources; names of natural persons masked unless told otherwise."""
    register = REGISTERS[record.urn_noun]
    return [
        Item(field.name, field.label, _shown(field, record, masked), field.authority.source, record.as_of(field.name))
        for field in register.fields
        if field.kind is not Kind.URN and getattr(record, field.name) not in (None, "")
    ]


def _shown(field: RegisterField, record: LegalEntity | Premises, masked: bool) -> Any:
    value = getattr(record, field.name)
    if masked and field.name == "legal_representative_name":
        return mask_name(value)
    if field.kind is Kind.STATUS:
        return LegalEntity.Status(value).label
    if field.code_table:
        found = standards.find_code(field.code_table, value)
        return found.label if found else value
    return rules.plain(value) if isinstance(value, Decimal) else value


def history_of(record_uuid: UUID, *, limit: int = 50) -> list[Change]:
    """What authorities wrote into the record, the newest first."""
    return list(Change.objects.filter(record_uuid=record_uuid).order_by("-id")[:limit])
