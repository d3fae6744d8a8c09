"""Questions to the log. None counts a growing table; lists are paged by key (the last id seen)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from .criteria import Criteria
from .models import Checkpoint, Entry, WitnessedLog
from .policies import PERSONAL_DATA_READ
from .rules import tiles

PAGE = 50
NoTile = tiles.NoTile
_LEAF_HASHES = "SELECT hash FROM security_audit_leaf WHERE index >= %s AND index < %s ORDER BY index"
_NODE_HASHES = "SELECT hash FROM security_audit_node WHERE position = ANY(%s::bigint[]) ORDER BY position"


def find_entry(uuid: UUID) -> Entry | None:
    """One entry by its uuid."""
    return Entry.objects.filter(uuid=uuid).first()


def find_done(urn: str, action: str) -> Entry | None:
    """The last time this was done to the object."""
    return Entry.objects.filter(object_urn=urn, action=action, outcome=Entry.Outcome.DONE).order_by("-id").first()


def list_for_object(
    urn: str, limit: int = PAGE, before: int | None = None, *, done: Collection[str] | None = None
) -> list[Entry]:
    """What was done to the object, the newest first; `before` is the `id` of the last entry of the page above.

    `done`: only these acts, and only where they were done, however often the object was read or refused in between.
    """
    entries = Entry.objects.filter(object_urn=urn)
    if done is not None:
        entries = entries.filter(action__in=sorted(done), outcome=Entry.Outcome.DONE)
    if before is not None:
        entries = entries.filter(id__lt=before)
    return list(entries.order_by("-id")[:limit])


def list_reads_of(
    subject_urn: str, limit: int = PAGE, before: int | None = None, *, among: Sequence[str] = ()
) -> list[Entry]:
    """Who read this person's data in full: actor, capacity, moment, purpose and object, the newest first.

    `among`: names of multitudes, such as a whole register, to which the person belongs.
    """
    entries = Entry.objects.filter(subjects__overlap=[subject_urn, *among]).exclude(subjects=[])
    if before is not None:
        entries = entries.filter(id__lt=before)
    return list(entries.order_by("-id")[:limit])


def has_read(actor_urn: str, object_urn: str, *, since: datetime) -> bool:
    """Whether a read of the object's personal data by this hand is on record since that moment."""
    reads = Entry.objects.filter(object_urn=object_urn, action=PERSONAL_DATA_READ, actor_urn=actor_urn)
    return reads.filter(recorded_at__gte=since, at__gte=since).exists()


def search(criteria: Criteria, limit: int = PAGE, before: UUID | None = None) -> list[Entry]:
    """The entries that meet the criteria, the newest first; `before` is the uuid of the last one of the page above."""
    entries = criteria.of(Entry.objects.all())
    if before is not None:
        entries = entries.filter(uuid__lt=before)
    return list(entries.order_by("-uuid")[:limit])


def find_checkpoint() -> Checkpoint | None:
    """The newest signed tree head, if anything was sealed yet."""
    return Checkpoint.objects.order_by("-tree_size").first()


def find_tile(address: str) -> bytes | None:
    """The hashes of a tile (C2SP tlog-tiles) whose address is `<L>/<N>[.p/<W>]`; None where no signed tree has it.

    Only what a checkpoint covers is told, so a tile never changes. One query and one for the tree's size.
    Raises tiles.NoTile on an address that is none.
    """
    tile = tiles.parse(address)
    head = find_checkpoint()
    if head is None or tile.leaves > head.tree_size:
        return None
    with connection.cursor() as cursor:
        if tile.level == 0:
            cursor.execute(_LEAF_HASHES, [tile.start, tile.start + tile.width])
        else:
            cursor.execute(_NODE_HASHES, [tile.positions()])
        found = [bytes(value) for (value,) in cursor.fetchall()]
    return b"".join(found) if len(found) == tile.width else None


def list_witnessed() -> list[WitnessedLog]:
    """The logs of other nodes that this one watches."""
    return list(WitnessedLog.objects.order_by("origin"))


def find_cosigned(origin_hash: str) -> str | None:
    """The largest checkpoint of a watched log with this node's cosignature (C2SP tlog-witness, monitoring).

    `origin_hash`: SHA-256 of the origin, hexadecimal. Few logs are watched, so they are looked through.
    """
    return next((log.note or None for log in list_witnessed() if _hash_of(log.origin) == origin_hash), None)


def _hash_of(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()
