"""Verify the whole log: what was sealed is there, unaltered, in order, under valid signatures, and nothing else is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection, transaction

from zhengtong.security.crypto import services as crypto

from ..rules import note
from .anchoring import read_anchor
from .findings import MAX_FAULTS, OF_THE_WHOLE, Fault, Report
from .scanning import Scan, explain

_HEADS = "SELECT tree_size, note FROM security_audit_checkpoint ORDER BY tree_size DESC"
_COUNT = "SELECT count(*) FROM security_audit_leaf"
_STRAYS = """
SELECT index, entry_uuid FROM security_audit_leaf WHERE index < 0 OR index >= %s ORDER BY index LIMIT %s
"""
_STRAY_NODES = "SELECT position FROM security_audit_node WHERE position < 0 OR position >= %s ORDER BY position LIMIT 1"
_LAST = "SELECT entry_xid::text, entry_id FROM security_audit_leaf ORDER BY index DESC LIMIT 1"
_PLACE = "SELECT entry_xid::text, entry_id FROM security_audit_leaf WHERE index = %s"
# Entries behind a place, at or before the last sealed one or of a transaction that never was, which no leaf knows.
_ORPHANS = """
SELECT e.uuid, (SELECT min(n.index) FROM security_audit_leaf n WHERE (n.entry_xid, n.entry_id) > (e.xid, e.id))
FROM security_audit_entry e
LEFT JOIN security_audit_leaf l ON l.entry_uuid = e.uuid AND l.recorded_at = e.recorded_at
WHERE l.index IS NULL AND (e.xid, e.id) > (%s::xid8, %s)
  AND ((e.xid, e.id) <= (%s::xid8, %s) OR e.xid >= pg_snapshot_xmax(pg_current_snapshot()))
ORDER BY e.xid, e.id LIMIT %s
"""
_TAIL = """
SELECT count(*), min(recorded_at) FROM security_audit_entry
WHERE (xid, id) > (%s::xid8, %s) AND xid < pg_snapshot_xmax(pg_current_snapshot())
"""
Place = tuple[str, int]  # of an entry in the order of sealing: transaction, number
_BEFORE_ALL: Place = ("0", -(2**63))


def verify() -> Report:
    """Re-compute everything: linear in the log, constant in memory. Reads one snapshot; sealing may go on meanwhile.

    Raises crypto's KeyFault when the node's keys cannot be read.
    """
    crypto.public_keys()
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return _verify(cursor, is_alone=is_outermost)


def _verify(cursor: Any, *, is_alone: bool) -> Report:
    signed = _signed_size()
    if signed is None:  # no head holds: go through the leaves there are
        cursor.execute(_COUNT)
        (signed,) = cursor.fetchone()
    kept, faults = _kept_outside(signed)
    scan = Scan(signed, kept)
    scan.run(is_alone=is_alone)
    cursor.execute(_LAST)
    xid, entry_id = cursor.fetchone() or ("0", 0)
    cursor.execute(_PLACE, [scan.whole - 1])
    orphans = _orphans(cursor, cursor.fetchone() or _BEFORE_ALL, (xid, entry_id), scan.end)
    cursor.execute(_STRAYS, [signed, MAX_FAULTS])
    faults += scan.faults + explain(scan.suspects) + _missing(scan.missing, orphans)
    faults += [Fault("unsigned", index, uuid) for index, uuid in cursor.fetchall()]
    faults += [Fault("inserted", place, uuid) for uuid, place in orphans]
    cursor.execute(_STRAY_NODES, [2 * scan.end])
    faults += [Fault("node", scan.end, other=place) for (place,) in cursor.fetchall()]
    cursor.execute(_TAIL, [xid, entry_id])
    tail, since = cursor.fetchone()
    return Report(
        entries=signed, checkpoints=scan.checkpoints, tail=tail, tail_since=since,
        kept_outside=kept.size if kept else None,
        faults=_worst(_without_echoes(faults)),
    )  # fmt: skip


def _worst(faults: list[Fault]) -> list[Fault]:
    """As many as a report names, in the order of the leaves: what the whole log lacks, then the first of the others."""
    of_leaves = [fault for fault in faults if fault.kind not in OF_THE_WHOLE]
    of_whole = [fault for fault in faults if fault.kind in OF_THE_WHOLE]
    of_leaves.sort(key=lambda fault: fault.leaf)
    return sorted([*of_whole, *of_leaves][:MAX_FAULTS], key=lambda fault: fault.leaf)


def _signed_size() -> int | None:
    """The entries of the largest head this node signed; None without any. What stands behind it was not sealed."""
    keys = [key.raw for key in crypto.public_keys()]
    with connection.chunked_cursor() as cursor:
        cursor.execute(_HEADS)
        for size, text in cursor:
            try:
                head = note.read(text)
            except ValueError:
                continue
            if head.size == size and note.signed_by(head, keys, crypto.verify_ed25519):
                return int(size)
    return None


def _kept_outside(end: int) -> tuple[note.Note | None, list[Fault]]:
    """The checkpoint kept outside the database, and what it says of the log's length."""
    try:
        kept = read_anchor()
    except ValueError:
        return None, [Fault("forked", 0, other=0)]
    if kept and not note.signed_by(kept, [key.raw for key in crypto.public_keys()], crypto.verify_ed25519):
        return None, [Fault("forked", kept.size - 1, other=kept.size)]
    if kept and kept.size > end:
        return kept, [Fault("truncated", end, other=kept.size)]
    return kept, []


def _orphans(cursor: Any, after: Place, last: Place, end: int) -> list[tuple[UUID, int]]:
    """Entries no leaf knows, with the leaf before which they stand."""
    cursor.execute(_ORPHANS, [*after, *last, MAX_FAULTS])
    return [(uuid, end if place is None else place) for uuid, place in cursor.fetchall()]


def _missing(indexes: list[int], orphans: list[tuple[UUID, int]]) -> list[Fault]:
    """Leaves that are gone. An entry left behind just where one is missing is its own; it is taken from the orphans."""
    faults = []
    for index in indexes:
        run_end = next(number for number in range(index + 1, index + len(indexes) + 2) if number not in indexes)
        left = next((orphan for orphan in orphans if orphan[1] == run_end), None)
        if left:
            orphans.remove(left)
        faults.append(Fault("leaf_removed" if left else "removed", index, left[0] if left else None))
    return faults


def _without_echoes(faults: list[Fault]) -> list[Fault]:
    """An entry that was moved to another moment is an orphan too, and a swapped leaf stands twice: say it once."""
    named = {fault.entry for fault in faults if fault.kind != "inserted"} - {None}
    return [fault for fault in faults if fault.kind != "inserted" or fault.entry not in named]
