"""Whose data a record is: the names under which the log of reads keeps them, so that they see who read."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import NAMESPACE_URL, uuid5

from zhengtong.kernel.ids import make_urn
from zhengtong.security.identity import queries as identity

from . import answers
from .answers import LEGAL_ENTITY
from .definition.model import Definition
from .rows import Row, opened


def subjects_of(definition: Definition, rows: Iterable[Row]) -> list[str]:
    """`answers.subjects_of` of records, a person found by the number. One query, however many records."""
    found = list(rows)
    numbers = [opened(row.values[definition.subject_field]) for row in found] if definition.subject_field else []
    persons = identity.person_uuids(number for number in numbers if number) if numbers else []
    return answers.subjects_of(definition, [row.uuid for row in found], persons)


def everybody(definition: Definition) -> str:
    """The name under which the log keeps that a whole register of people was taken: it concerns all of them."""
    return make_urn("registers", "register", uuid5(NAMESPACE_URL, f"zhengtong register {definition.key}"))


def is_about_parties(definition: Definition) -> bool:
    return bool(definition.subject_field) or definition.noun == LEGAL_ENTITY


def everybody_with(definitions: Iterable[Definition], party_urn: str) -> list[str]:
    """As `everybody`, of each register that holds parties of this kind: people, or legal entities."""
    is_entity = f":{LEGAL_ENTITY}:" in party_urn
    return [everybody(one) for one in definitions if is_about_parties(one) and (one.noun == LEGAL_ENTITY) == is_entity]
