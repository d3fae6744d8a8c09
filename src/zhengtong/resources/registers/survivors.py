"""Records that were merged: which one stands for them now. References by URN follow it, in any number of steps."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from . import rows
from .definition.model import Definition
from .models import Match
from .rows import Row

# What was merged into a record (first parameter), in any number of steps, each behind a prefix (the second).
TWINS = """
WITH RECURSIVE twin (uuid) AS (
    SELECT %s::uuid UNION
    SELECT CASE WHEN m.survivor_uuid = m.first_uuid THEN m.second_uuid ELSE m.first_uuid END
    FROM twin JOIN registers_match m ON m.survivor_uuid = twin.uuid AND m.status = 'merged'
) SELECT %s || uuid::text FROM twin
"""


def has_ended_as_twin(definition: Definition, row: Row) -> bool:
    """Whether the record ended because it was another one twice."""
    rule = definition.matching
    return rule is not None and row.values.get(definition.status_field) == rule.merged_status


def survivor_of(record_uuid: UUID) -> UUID | None:
    """The record into which this one was merged."""
    return survivors_of([record_uuid]).get(record_uuid)


def survivors_of(uuids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Of records that were merged, the one into which each was: one step. One query."""
    of_them = Match.objects.filter(Q(first_uuid__in=uuids) | Q(second_uuid__in=uuids), status=Match.Status.MERGED)
    return {
        match.ended_uuid: match.survivor_uuid
        for match in of_them.order_by("decided_at")
        if match.ended_uuid and match.survivor_uuid
    }


def followed(definition: Definition, row: Row) -> Row:
    """The record, or the one that stands for it. No query for a record that stands for itself."""
    met = {row.uuid}
    while has_ended_as_twin(definition, row):
        survivor = survivor_of(row.uuid)
        found = rows.find(definition, survivor) if survivor and survivor not in met else None
        if found is None:
            break
        met.add(found.uuid)
        row = found
    return row


def twins_of(record_uuid: UUID) -> list[UUID]:
    """Every record that was merged into this one, or into one that was."""
    found: list[UUID] = []
    asked = [record_uuid]
    while asked:
        merged = Match.objects.filter(survivor_uuid__in=asked, status=Match.Status.MERGED)
        pairs = merged.values_list("first_uuid", "second_uuid", "survivor_uuid")
        asked = [one for first, second, kept in pairs for one in (first, second) if one not in (kept, *found)]
        found += asked
    return found
