"""Questions to the log. None counts a growing table; lists are paged by key (the last id seen)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from .models import Checkpoint, Entry
from .policies import PERSONAL_DATA_READ

PAGE = 50


def find_entry(uuid: UUID) -> Entry | None:
    """One entry by its uuid."""
    return Entry.objects.filter(uuid=uuid).first()


def list_for_object(urn: str, limit: int = PAGE, before: int | None = None) -> list[Entry]:
    """What was done to the object, the newest first; `before` is the `id` of the last entry of the page above."""
    entries = Entry.objects.filter(object_urn=urn)
    if before is not None:
        entries = entries.filter(id__lt=before)
    return list(entries.order_by("-id")[:limit])


def list_reads_of(subject_urn: str, limit: int = PAGE, before: int | None = None) -> list[Entry]:
    """Who read this person's data in full: actor, capacity, moment, purpose and object, the newest first."""
    entries = Entry.objects.filter(subjects__contains=[subject_urn]).exclude(subjects=[])
    if before is not None:
        entries = entries.filter(id__lt=before)
    return list(entries.order_by("-id")[:limit])


def has_read(actor_urn: str, object_urn: str, *, since: datetime) -> bool:
    """Whether a read of the object's personal data by this hand is on record since that moment."""
    reads = Entry.objects.filter(object_urn=object_urn, action=PERSONAL_DATA_READ, actor_urn=actor_urn)
    return reads.filter(recorded_at__gte=since, at__gte=since).exists()


def list_latest(limit: int = PAGE, before: int | None = None) -> list[Entry]:
    """The newest entries of the whole log."""
    entries = Entry.objects.all() if before is None else Entry.objects.filter(id__lt=before)
    return list(entries.order_by("-id")[:limit])


def find_checkpoint() -> Checkpoint | None:
    """The newest signed tree head, if anything was sealed yet."""
    return Checkpoint.objects.order_by("-tree_size").first()
