"""What an auditor looks for in the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from .models import Entry

_SKEW = timedelta(hours=1)  # by which the clock that named an entry may differ from the database's
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Criteria:
    """All that are given must hold. `since` and `until` bound the database's clock, the first inclusive.

    `subject_urn`: whose personal data were shown unmasked; `outcome`: `done` or `denied`.
    """

    actor_urn: str = ""
    object_urn: str = ""
    subject_urn: str = ""
    action: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def of(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        """Those of the entries that meet the criteria."""
        names = ("actor_urn", "object_urn", "action", "outcome")
        entries = entries.filter(**{name: getattr(self, name) for name in names if getattr(self, name)})
        if self.subject_urn:
            entries = entries.filter(subjects__contains=[self.subject_urn]).exclude(subjects=[])
        if self.since:
            entries = entries.filter(recorded_at__gte=self.since, uuid__gte=_first_named(self.since - _SKEW))
        if self.until:
            entries = entries.filter(recorded_at__lt=self.until, uuid__lt=_first_named(self.until + _SKEW))
        return entries


def _first_named(at: datetime) -> UUID:
    """The least UUID of version 7 (RFC 9562) of the millisecond: entries are named in the order of time."""
    return UUID(int=int(max(at, _EARLIEST).timestamp() * 1000) << 80)
