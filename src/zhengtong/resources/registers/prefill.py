"""The registers at the forms' socket: what is known of a party, each value with its authority."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.texts import Texts
from zhengtong.security.identity import queries as identity
from zhengtong.support.forms.providers import PrefillChoice, PrefillRecord

from . import catalogue, queries
from .definition.model import Type
from .queries import LEGAL_ENTITIES, POPULATION, PREMISES, Entry
from .values import plain

PROVED = 2  # the level of assurance from which a number is the person's own: below, anybody may have stated it
# Whence name and number come where the population register does not hold the person, by level of assurance.
_KNOWN_FROM: dict[int, Texts] = {
    1: {"zh": "本人登记，未核验", "en": "stated by yourself, not checked"},
    2: {"zh": "窗口核验的身份证件", "en": "identity document seen at a window"},
    3: {"zh": "三级核验的身份", "en": "identity verified to level 3"},
}
_STATED_PHONE: Texts = {"zh": "本人登记", "en": "stated by yourself"}


def _names(register: str) -> list[str]:
    return [one.name for one in catalogue.get(register).fields if one.type not in (Type.URN, Type.GEOMETRY)]


def _answer(record: Entry) -> PrefillRecord:
    """Its fields as the form keeps them."""
    names = _names(record.definition.key)
    values = {name: plain(record[name]) if record[name] is not None else "" for name in names}
    return PrefillRecord(
        values=values, as_of=record.as_of, sources={name: record.definition.source_of(name) for name in names}
    )


@dataclass(slots=True)
class LegalEntitySource:
    """The record of the party itself. Read for its holder: no read of somebody else's data."""

    label: Texts

    def fields(self) -> Collection[str]:
        return _names(LEGAL_ENTITIES)

    def fetch(self, *, party_urn: str, key: str, actor: Actor, at: datetime) -> PrefillRecord | None:  # noqa: ARG002
        entity = queries.find_legal_entity_of(party_urn)
        return _answer(entity) if entity else None


@dataclass(slots=True)
class PremisesSource:
    """Premises the party owns or rents: those of the certificate in `key`, else where it most likely works."""

    label: Texts

    def fields(self) -> Collection[str]:
        return _names(PREMISES)

    def fetch(self, *, party_urn: str, key: str, actor: Actor, at: datetime) -> PrefillRecord | None:  # noqa: ARG002
        on = china_date(at)
        if key:
            held = queries.list_premises_of(party_urn, on=on)
            chosen = next((premises for premises in held if premises["certificate_number"] == key.strip()), None)
        else:
            chosen = queries.find_likely_premises(party_urn, on=on)
        return _answer(chosen) if chosen else None

    def choices(self, *, party_urn: str, actor: Actor, at: datetime) -> list[PrefillChoice]:  # noqa: ARG002
        held = queries.list_likely_premises(party_urn, on=china_date(at))
        return [
            PrefillChoice(p["certificate_number"], f"{p['address']}，{p['certificate_number']}", _answer(p))
            for p in held
        ]


@dataclass(slots=True)
class PersonSource:
    """The applicant, a natural person reading the own data. For a legal entity there is no answer.

    From the population register where the number is proved to be the person's and the register holds it; else what
    identity knows, with how surely.
    """

    label: Texts

    def fields(self) -> Collection[str]:
        return _names(POPULATION)

    def fetch(self, *, party_urn: str, key: str, actor: Actor, at: datetime) -> PrefillRecord | None:  # noqa: ARG002
        if not queries.is_person(party_urn) or actor.party_urn != party_urn:
            return None
        data = identity.reveal_person(party_urn, actor=actor, purpose="", at=at)
        held = queries.find_person(data.id_number) if data.assurance_level >= PROVED and data.id_number else None
        own = {"phone": data.phone} if data.phone else {}
        if held:
            answer = _answer(held)
            told = {**answer.sources, **({"phone": _STATED_PHONE} if own else {})}
            return PrefillRecord(values={**answer.values, **own}, as_of=answer.as_of, sources=told)
        known = _KNOWN_FROM[data.assurance_level]
        values = {"name": data.name, "id_number": data.id_number, "phone": data.phone}
        return PrefillRecord(values=values, sources={"name": known, "id_number": known, "phone": _STATED_PHONE})
