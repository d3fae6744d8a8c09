"""Questions to the log. None counts a growing table; lists are paged by key (the last id seen)."""

from __future__ import annotations

from uuid import UUID

from .models import Entry


def find_entry(uuid: UUID) -> Entry | None:
    """One entry by its uuid."""
    return Entry.objects.filter(uuid=uuid).first()


def list_for_object(urn: str, limit: int = 50, before: int | None = None) -> list[Entry]:
    """What was done to the object, the newest first; `before` is the `id` of the last entry of the page above."""
    entries = Entry.objects.filter(object_urn=urn)
    if before is not None:
        entries = entries.filter(id__lt=before)
    return list(entries.order_by("-id")[:limit])


def list_reads_of(subject_urn: str, limit: int = 50, before: int | None = None) -> list[Entry]:
    """Who read this person's data in full: actor, capacity, moment, purpose and object, the newest first."""
    entries = Entry.objects.filter(subjects__contains=[subject_urn]).exclude(subjects=[])
    if before is not None:
        entries = entries.filter(id__lt=before)
    return list(entries.order_by("-id")[:limit])
