"""Whose data a record is: the names under which the log of reads keeps them, so that they see who read."""

from __future__ import annotations

from collections.abc import Iterable

from zhengtong.security.identity import queries as identity

from . import answers
from .definition.model import Definition
from .rows import Row, opened


def subjects_of(definition: Definition, rows: Iterable[Row]) -> list[str]:
    """`answers.subjects_of` of records, a person found by the number. One query, however many records."""
    found = list(rows)
    numbers = [opened(row.values[definition.subject_field]) for row in found] if definition.subject_field else []
    persons = identity.person_uuids(number for number in numbers if number) if numbers else []
    return answers.subjects_of(definition, [row.uuid for row in found], persons)
