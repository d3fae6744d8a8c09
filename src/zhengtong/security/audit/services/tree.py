"""The stored tree: leaves and the tops of complete subtrees."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from ..rules import merkle, note
from ..rules.merkle import Subtree, position

# Joined, not compared with an array: an array makes the planner plan anew each time, which takes as long as the rest.
_HASHES = """
SELECT 2 * l.index, l.hash FROM unnest(%s::bigint[]) AS wanted (index) JOIN security_audit_leaf l USING (index)
UNION ALL
SELECT position, n.hash FROM unnest(%s::bigint[]) AS wanted (position) JOIN security_audit_node n USING (position)
"""


class LogDamaged(RuntimeError):
    """The stored log contradicts itself. Nothing more is sealed until `zt audit verify` has named the place."""


def origin() -> str:
    """The name of this node's log, the first line of its checkpoints."""
    return note.origin_of(settings.ZT_NODE_DIVISION, settings.ZT_NODE_ZONE)


def subtree_hashes(subtrees: Iterable[Subtree]) -> dict[Subtree, bytes]:
    """The hashes of complete subtrees, by (level, index); one query. Raises LogDamaged when one is missing."""
    wanted = {position(subtree): subtree for subtree in subtrees}  # a leaf stands at twice its number
    leaves = [place >> 1 for place in wanted if not place & 1]
    nodes = [place for place in wanted if place & 1]
    with connection.cursor() as cursor:
        cursor.execute(_HASHES, [_array(leaves), _array(nodes)])
        found = {wanted[place]: bytes(value) for place, value in cursor.fetchall()}
    if len(found) < len(wanted):
        missing = sorted(set(wanted.values()) - set(found))
        raise LogDamaged(f"subtrees (level, index) missing from the stored tree: {missing}")
    return found


def _array(numbers: Iterable[int]) -> str:
    """As PostgreSQL writes an array; the driver would find out the type of each number by itself."""
    return f"{{{','.join(map(str, numbers))}}}"


def root_at(size: int) -> bytes:
    """The root the stored tree had when it was of this size; one query. Raises LogDamaged."""
    edge = list(merkle.spans(0, size))
    hashes = subtree_hashes(edge)
    return merkle.fold([hashes[subtree] for subtree in edge])


@dataclass(frozen=True, slots=True)
class Consistency:
    """The proof that a log of `old` entries is the beginning of that of `new` (RFC 6962 section 2.1.2)."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    path: list[bytes]

    @property
    def holds(self) -> bool:
        return merkle.is_consistent(self.old, self.new, self.old_root, self.new_root, self.path)

    def as_json(self) -> dict[str, Any]:
        roots = {"old_root": _text(self.old_root), "new_root": _text(self.new_root)}
        return {"old": self.old, "new": self.new} | roots | {"path": [_text(step) for step in self.path]}


def prove_consistency(old: int, new: int) -> Consistency:
    """Roots and proof from the stored tree; four queries. Raises ValueError (sizes that cannot be), LogDamaged."""
    path = merkle.consistency(old, new)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(tree_size), 0) FROM security_audit_checkpoint")
        (signed,) = cursor.fetchone()
    if new > signed:
        raise ValueError(f"a log of {signed} signed entries has no tree of {new}")
    hashes = subtree_hashes([subtree for step in path for subtree in step])
    steps = [merkle.fold([hashes[subtree] for subtree in step]) for step in path]
    return Consistency(old, new, root_at(old), root_at(new), steps)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
