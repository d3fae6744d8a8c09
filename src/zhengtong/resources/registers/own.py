"""What the registers hold of somebody who asks for the own data: the own record, and what belongs to it."""

from __future__ import annotations

from datetime import datetime

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.clock import china_date
from zhengtong.security.identity import queries as identity

from . import queries
from .definition.model import Type
from .prefill import PROVED
from .queries import Entry, Item


def records_of(actor: Actor, at: datetime) -> list[Entry]:
    """The records of the party: of a person only once the number is proved. No read by another."""
    found: list[Entry | None] = []
    if actor.capacity is Capacity.RESIDENT:
        data = identity.reveal_person(actor.party_urn, actor=actor, purpose="", at=at)
        is_proved = data.assurance_level >= PROVED and bool(data.id_number)
        found.append(queries.find_person(data.id_number) if is_proved else None)
    elif actor.capacity is Capacity.REPRESENTATIVE:
        found.append(queries.find_legal_entity_of(actor.party_urn))
    return [*filter(None, found), *queries.list_premises_of(actor.party_urn, on=china_date(at))]


def items_of(record: Entry) -> list[Item]:
    """The record in clear for its holder, with sources; numbers of other people in it stay masked."""
    whole = {item.name: item for item in queries.describe(record, whole=True)}
    masked = {item.name: item for item in queries.describe(record)}
    subject = record.definition.subject_field
    others = {one.name for one in record.definition.fields if one.type is Type.ID_NUMBER and one.name != subject}
    return [masked[name] if name in others else item for name, item in whole.items()]
