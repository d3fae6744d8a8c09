"""Sealing: entries get leaf numbers, the tree grows, the node signs its new head. Cost: the new ones and log n."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from zhengtong.kernel.transactions import verb
from zhengtong.security.crypto import services as crypto

from ..models import Checkpoint
from ..rules import merkle, note
from .rows import FACTS, FACTS_WIDTH, LeafRow, facts_of_row, hash_of, mac_maker
from .tree import LogDamaged, origin, subtree_hashes

Row = tuple[Any, ...]
BATCH = 5000
_MAX_BATCHES = 40
_LOCK = 0x5A54_4C4F_47  # advisory lock "ZTLOG": one sealer at a time
# A row whose transaction is below the snapshot's xmin is there to stay, and none can appear before it any more.
_NEXT = f"""
SELECT {FACTS}, e.xid::text::bigint, e.id FROM security_audit_entry e
WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot()) AND (e.xid, e.id) > (%s::text::xid8, %s)
ORDER BY e.xid, e.id LIMIT %s
"""  # noqa: S608
_COPY_LEAVES = "COPY security_audit_leaf (index, entry_uuid, recorded_at, entry_xid, entry_id, hash, mac) FROM STDIN"
_COPY_NODES = "COPY security_audit_node (position, hash) FROM STDIN"


def seal(*, at: datetime, batch: int = BATCH) -> Checkpoint | None:
    """Seal what can be sealed now, batch by batch, each under a signed checkpoint. Returns the last new one, if any.

    Raises LogDamaged when the stored tree does not have the root that was last signed.
    """
    newest = None
    for _ in range(_MAX_BATCHES):
        checkpoint, count = _seal_batch(at, batch)
        newest = checkpoint or newest
        if count < batch:
            break
    return newest


@verb
def _seal_batch(at: datetime, batch: int) -> tuple[Checkpoint | None, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        frontier, last_xid, last_id = _right_edge(cursor)
        cursor.execute(_NEXT, [str(last_xid), last_id, batch])
        rows = cursor.fetchall()
        if not rows:
            return None, 0
        leaves, nodes = _grow(frontier, rows)
        _copy(cursor, _COPY_LEAVES, leaves)
        _copy(cursor, _COPY_NODES, nodes)
    return _sign_head(frontier, at), len(rows)


def _right_edge(cursor: Any) -> tuple[merkle.Frontier, int, int]:
    """The tree as last signed, and the place (xid, id) of the last sealed entry. Raises LogDamaged."""
    checkpoint = Checkpoint.objects.order_by("-tree_size").first()
    cursor.execute(
        "SELECT index, entry_xid::text::bigint, entry_id FROM security_audit_leaf ORDER BY index DESC LIMIT 1"
    )
    index, last_xid, last_id = cursor.fetchone() or (-1, 0, 0)
    size = checkpoint.tree_size if checkpoint else 0
    if index + 1 != size:
        raise LogDamaged(f"{index + 1} leaves are stored, but {size} were signed")
    edge = list(merkle.spans(0, size))
    hashes = subtree_hashes(edge)
    frontier = merkle.Frontier(size, [hashes[subtree] for subtree in edge])
    if checkpoint and frontier.root() != bytes(checkpoint.root):
        raise LogDamaged(f"the stored tree of {size} leaves does not have the root that was signed")
    return frontier, last_xid, last_id


def _grow(frontier: merkle.Frontier, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Give every row its leaf; returns the rows of the leaf table and of the node table."""
    leaves: list[Row] = []
    nodes: list[Row] = []
    mac_of = mac_maker()
    for row in rows:
        facts, (xid, entry_id) = facts_of_row(row[:FACTS_WIDTH]), row[FACTS_WIDTH:]
        leaf = LeafRow(frontier.size, facts.uuid, facts.recorded_at, xid, entry_id, hash_of(facts), b"")
        leaves.append(leaf._replace(mac=mac_of(leaf)))
        nodes.extend(frontier.append(leaf.hash))
    return leaves, nodes


def _copy(cursor: Any, statement: str, rows: list[tuple[Any, ...]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _sign_head(frontier: merkle.Frontier, at: datetime) -> Checkpoint:
    text = note.checkpoint_text(origin(), frontier.size, frontier.root())
    whole = text + "\n"
    for signature in crypto.sign_all(
        text.encode()
    ):  # Ed25519, whatever the suite; SM2 beside it under the national one
        key = crypto.find_public_key(signature.key_id)
        assert key is not None
        whole += note.line(origin(), key.raw, signature.value)
    return Checkpoint.objects.create(tree_size=frontier.size, root=frontier.root(), note=whole, sealed_at=at)
