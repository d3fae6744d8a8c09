"""Whose data a record is: the names under which the log of reads keeps them, so that they see who read."""

from __future__ import annotations

from collections.abc import Iterable

from zhengtong.kernel.ids import make_urn
from zhengtong.security.identity import queries as identity

from .definition.model import Definition
from .parties import LEGAL_ENTITY
from .rows import Row, opened


def subjects_of(definition: Definition, rows: Iterable[Row]) -> list[str]:
    """URNs of the records, and of the parties that identity knows by the same number. None of registers of things.

    A legal entity has the uuid of its party; a person is found by the number. One query, however many records.
    """
    found = list(rows)
    if definition.noun == LEGAL_ENTITY:
        return [make_urn("identity", LEGAL_ENTITY, row.uuid) for row in found]
    if not definition.subject_field:
        return []
    urns = [make_urn("registers", definition.noun, row.uuid) for row in found]
    numbers = [opened(row.values[definition.subject_field]) for row in found]
    return [*urns, *identity.person_urns(number for number in numbers if number)]
