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

from . import queries, rules
from .fields import LEGAL_ENTITY, PERSON, PREMISES, Kind, Register
from .models import LegalEntity, Premises

# Whence name and number come, by level of assurance; at level 3 they are the register's own.
_KNOWN_FROM: dict[int, Texts] = {
    1: {"zh": "本人登记，未核验", "en": "stated by yourself, not checked"},
    2: {"zh": "窗口核验的身份证件", "en": "identity document seen at a window"},
}
_STATED_PHONE: Texts = {"zh": "本人登记", "en": "stated by yourself"}


def _names(register: Register) -> list[str]:
    return [field.name for field in register.fields if field.kind is not Kind.URN]


def _answer(register: Register, record: LegalEntity | Premises) -> PrefillRecord:
    """Its fields as the form keeps them; `as_of` is the moment the oldest of them was written."""
    return PrefillRecord(
        values={name: rules.plain(getattr(record, name)) for name in _names(register)},
        as_of=record.as_of(*_names(register)),
        sources={field.name: field.authority.source for field in register.fields},
    )


@dataclass(slots=True)
class LegalEntitySource:
    """The record of the party itself. Read for its holder: no read of somebody else's data."""

    label: Texts

    def fields(self) -> Collection[str]:
        return _names(LEGAL_ENTITY)

    def fetch(self, *, party_urn: str, key: str, actor: Actor, at: datetime) -> PrefillRecord | None:  # noqa: ARG002
        entity = queries.find_legal_entity_of(party_urn)
        return _answer(LEGAL_ENTITY, entity) if entity else None


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
            chosen = next((premises for premises in held if premises.certificate_number == key.strip()), None)
        else:
            chosen = queries.find_likely_premises(party_urn, on=on)
        return _answer(PREMISES, chosen) if chosen else None

    def choices(self, *, party_urn: str, actor: Actor, at: datetime) -> list[PrefillChoice]:  # noqa: ARG002
        held = queries.list_likely_premises(party_urn, on=china_date(at))
        return [
            PrefillChoice(p.certificate_number, f"{p.address}，{p.certificate_number}", _answer(PREMISES, p))
            for p in held
        ]


@dataclass(slots=True)
class PersonSource:
    """The applicant, a natural person reading the own data. For a legal entity there is no answer."""

    label: Texts

    def fields(self) -> Collection[str]:
        return _names(PERSON)

    def fetch(self, *, party_urn: str, key: str, actor: Actor, at: datetime) -> PrefillRecord | None:  # noqa: ARG002
        if not queries.is_person(party_urn) or actor.party_urn != party_urn:
            return None
        data = identity.reveal_person(party_urn, actor=actor, purpose="", at=at)
        values = {"name": data.name, "id_number": data.id_number, "phone": data.phone}
        known = _KNOWN_FROM.get(data.assurance_level)
        sources = {f.name: known or f.authority.source for f in PERSON.fields}
        return PrefillRecord(values=values, sources=sources | {"phone": _STATED_PHONE})
