"""The stored tree: leaves and the tops of complete subtrees."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from ..rules.merkle import Subtree, position


class LogDamaged(RuntimeError):
    """The stored log contradicts itself. Nothing more is sealed until `zt audit verify` has named the place."""


def subtree_hashes(subtrees: Iterable[Subtree]) -> dict[Subtree, bytes]:
    """The hashes of complete subtrees, by (level, index); two queries. Raises LogDamaged when one is missing."""
    wanted = list(subtrees)
    leaves = {index: (0, index) for level, index in wanted if level == 0}
    nodes = {position(subtree): subtree for subtree in wanted if subtree[0]}
    found: dict[Subtree, bytes] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT index, hash FROM security_audit_leaf WHERE index = ANY(%s)", [list(leaves)])
        found |= {leaves[index]: bytes(value) for index, value in cursor.fetchall()}
        cursor.execute("SELECT position, hash FROM security_audit_node WHERE position = ANY(%s)", [list(nodes)])
        found |= {nodes[place]: bytes(value) for place, value in cursor.fetchall()}
    if len(found) < len(leaves) + len(nodes):
        missing = sorted(set(wanted) - set(found))
        raise LogDamaged(f"subtrees (level, index) missing from the stored tree: {missing}")
    return found
