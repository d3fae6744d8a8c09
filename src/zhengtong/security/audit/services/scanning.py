"""The walk along the leaves: every entry is hashed again, every node and every checkpoint compared. Constant memory.

Blocks in which all is as sealed are taken whole (`blocks`); where anything is odd the walk goes row by row and names
it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import DataError
from psycopg.types.datetime import TimestamptzLoader

from zhengtong.security.crypto import services as crypto

from ..rules import merkle, note
from ..rules.leaf import Facts
from .blocks import Block
from .findings import MAX_FAULTS, Fault
from .parallel import checked_blocks
from .rows import FACTS, FACTS_WIDTH, LeafRow, facts_of_row, hash_of, mac_maker

BLOCK = 4096  # leaves; a power of two
_LEAF_WIDTH = len(LeafRow._fields)
_LEAVES = f"""
SELECT l.index, l.entry_uuid, l.recorded_at, l.entry_xid::text::numeric, l.entry_id, l.hash, l.mac,
       {FACTS}, e.xid::text::numeric, e.id
FROM security_audit_leaf l
LEFT JOIN security_audit_entry e ON e.uuid = l.entry_uuid AND e.recorded_at = l.recorded_at
WHERE l.index >= %s AND l.index < %s ORDER BY l.index
"""  # noqa: S608
_NODES = "SELECT position, hash FROM security_audit_node WHERE position >= %s AND position < %s"
_HEADS = """
SELECT tree_size, root, note FROM security_audit_checkpoint WHERE tree_size > %s ORDER BY tree_size LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A leaf that does not fit its entry; kept so that swapped ones can be told from altered ones."""

    leaf: LeafRow
    facts: Facts | None
    is_sound: bool  # the leaf row itself is as the sealer wrote it


class Scan:
    """One walk from leaf 0 to `end`. `faults` and `suspects` hold at most MAX_FAULTS each.

    A leaf row carries a code only the node can make, so a changed row is named exactly, even when its hash was changed
    with it. Past a leaf whose true hash is lost the roots cannot be recomputed: `is_blind` says so.
    """

    def __init__(self, end: int, kept: note.Note | None) -> None:
        self.end, self.kept = end, kept
        self.frontier = merkle.Frontier()
        self.faults: list[Fault] = []
        self.suspects: list[Suspect] = []
        self.missing: list[int] = []
        self.is_blind = False
        self.checkpoints = 0
        self.whole = 0  # leaves from 0 on that were taken in sound blocks: no entry without a leaf stands between them
        self._mac_of = mac_maker()
        self._nodes: dict[int, bytes] = {}
        self._heads = _heads()
        self._head = next(self._heads, None)
        self._is_kept_checked = False
        self._keys = [key.raw for key in crypto.public_keys()]

    def run(self, *, is_alone: bool = False) -> None:
        """Take what is sound block by block, walk the rest. `is_alone`: other connections see what this one sees."""
        start = 0
        whole = self.end // BLOCK if BLOCK > 1 else 0
        with checked_blocks(whole, BLOCK, self.kept.size if self.kept else 0, is_alone=is_alone) as blocks:
            for block in blocks:
                if block:
                    self._take(block)
                    self.whole += BLOCK * (self.whole == start)
                else:
                    self._walk(start, start + BLOCK)
                start += BLOCK
        for low in range(start, self.end, BLOCK):
            self._walk(low, min(low + BLOCK, self.end))
        while self._head and len(self.faults) < MAX_FAULTS:  # of more entries than any signed head
            self.report(Fault("signature", self.end, other=self._head[0]))
            self._head = next(self._heads, None)

    def _take(self, block: Block) -> None:
        """A block in which all is as sealed: only its place in the tree, and the heads that end in it, are left."""
        roots = {size: self.frontier.root(edge) for size, edge in block.edges.items()}
        if block.above is not None:
            self._nodes[2 * (self.frontier.size + BLOCK) - 1] = block.above
        self._check_nodes(self.frontier.append(block.top, BLOCK.bit_length() - 1))
        self._check_heads(roots)
        self._check_leftover_nodes(self.frontier.size)

    def _walk(self, start: int, stop: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_NODES, [2 * start, 2 * stop])
            self._nodes |= {place: bytes(value) for place, value in cursor.fetchall()}
            cursor.cursor.adapters.register_loader("timestamptz", _Moment)
            cursor.execute(_LEAVES, [start, stop])
            for row in cursor.fetchall():
                self._fill_gap(row[0])
                leaf = LeafRow(*row[:_LEAF_WIDTH])
                self._check(leaf._replace(entry_xid=int(leaf.entry_xid)), row[_LEAF_WIDTH:])
        self._fill_gap(stop)
        self._check_leftover_nodes(stop)

    def report(self, fault: Fault) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)

    # -- leaves ---------------------------------------------------------------------------------------------------
    def _fill_gap(self, upto: int) -> None:
        while self.frontier.size < upto:
            if len(self.missing) < MAX_FAULTS:
                self.missing.append(self.frontier.size)
            self.is_blind = True
            self._grow(bytes(32))

    def _check(self, leaf: LeafRow, rest: tuple[Any, ...]) -> None:
        is_sound = bytes(leaf.mac) == _or_none(self._mac_of, leaf)
        facts, computed = _recomputed(rest[:FACTS_WIDTH])
        if not (is_sound and computed == leaf.hash and rest[FACTS_WIDTH:] == (leaf.entry_xid, leaf.entry_id)):
            if len(self.suspects) < MAX_FAULTS:
                self.suspects.append(Suspect(leaf, facts, is_sound))
            self.is_blind |= not is_sound
        self._grow(leaf.hash if is_sound else computed or leaf.hash)

    def _grow(self, leaf_hash: bytes) -> None:
        self._check_nodes(self.frontier.append(leaf_hash))
        self._check_heads({})

    def _check_nodes(self, completed: list[tuple[int, bytes]]) -> None:
        for place, value in completed:
            if self._nodes.pop(place, None) != value and not self.is_blind:
                self.report(Fault("node", self.frontier.size - 1, other=place))

    def _check_heads(self, roots: Mapping[int, bytes]) -> None:
        """The heads up to here; `roots` holds those of sizes that a block went past."""
        here = self.frontier.size
        while self._head and self._head[0] <= here:
            self._check_head(*self._head, roots)
            self._head = next(self._heads, None)
        if self.kept and (self.kept.size == here or self.kept.size in roots) and not self._is_kept_checked:
            self._is_kept_checked = True
            if self._differs(self.kept.root, roots.get(self.kept.size)):
                self.report(Fault("forked", self.kept.size - 1, other=self.kept.size))

    # -- nodes and checkpoints ------------------------------------------------------------------------------------
    def _check_leftover_nodes(self, stop: int) -> None:
        """Nodes of this block that no leaf completed should not be there; tops of wider subtrees wait for theirs."""
        for place in sorted(self._nodes):
            if merkle.end_of(place) > stop and place % 2 and stop < self.end:
                continue
            del self._nodes[place]
            if not self.is_blind:
                self.report(Fault("node", min(place // 2, stop - 1), other=place))

    def _check_head(self, size: int, root: bytes, text: str, roots: Mapping[int, bytes]) -> None:
        self.checkpoints += 1
        try:
            head = note.read(text)
        except ValueError:
            head = None
        if head is None or (head.size, head.root) != (size, root) or not self._is_signed(head):
            self.report(Fault("signature", size - 1, other=size))
        elif self._differs(root, roots.get(size)):
            self.report(Fault("root", size - 1, other=size))

    def _differs(self, root: bytes, computed: bytes | None) -> bool:
        return not self.is_blind and root != (computed or self.frontier.root())

    def _is_signed(self, head: note.Note) -> bool:
        return note.signed_by(head, self._keys, crypto.verify_ed25519) is not None


def _recomputed(row: tuple[Any, ...]) -> tuple[Facts | None, bytes | None]:
    """The entry's facts and hash; None where the entry is gone or holds what could never have been recorded."""
    if row[0] is None:
        return None, None
    facts = _or_none(facts_of_row, row)
    return facts, _hash_or_none(facts)


def _heads() -> Iterator[tuple[int, bytes, str]]:
    """Every checkpoint, the smallest first, a thousand at a time."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_HEADS, [last])
            rows = cursor.fetchall()
        if not rows:
            return
        for size, root, text in rows:
            yield size, bytes(root), text
        last = rows[-1][0]


def explain(suspects: list[Suspect]) -> list[Fault]:
    """What happened to each suspect: swapped with another, removed, altered, or its leaf row rewritten."""
    return [_explain(suspect, suspects) for suspect in suspects]


def _explain(suspect: Suspect, suspects: list[Suspect]) -> Fault:
    leaf = suspect.leaf
    for other in suspects:
        if other is not suspect and (_holds_content_of(suspect, other) or _stands_in_place_of(suspect, other)):
            return Fault("swapped", leaf.number, leaf.entry_uuid, other.leaf.number)
    if suspect.facts is None:
        return Fault("altered" if _exists(leaf.entry_uuid) else "removed", leaf.number, leaf.entry_uuid)
    is_entry = suspect.is_sound or _hash_or_none(suspect.facts) == leaf.hash  # both rewritten to fit each other
    return Fault("altered" if is_entry else "leaf_altered", leaf.number, leaf.entry_uuid)


def _holds_content_of(suspect: Suspect, other: Suspect) -> bool:
    """Would the suspect's content, under the other's name, be what was sealed there?"""
    if suspect.facts is None:
        return False
    moved = replace(suspect.facts, uuid=other.leaf.entry_uuid, recorded_at=other.leaf.recorded_at)
    return _hash_or_none(moved) == other.leaf.hash


def _stands_in_place_of(suspect: Suspect, other: Suspect) -> bool:
    """Is the suspect's leaf row the one that was sealed under the other's number?"""
    return _or_none(mac_maker(), suspect.leaf._replace(number=other.leaf.number)) == bytes(suspect.leaf.mac)


def _hash_or_none(facts: Facts | None) -> bytes | None:
    return None if facts is None else _or_none(hash_of, facts)


def _or_none(compute: Callable[[Any], Any], row: Any) -> Any:
    """What is computed of a row; None where it holds what could never have been recorded."""
    try:
        return compute(row)
    except (ValueError, TypeError, AttributeError, ArithmeticError, RecursionError, struct.error):
        return None


class _Moment(TimestamptzLoader):
    """A moment; None for one that no clock shows (infinity, the year 20000), which stands only in a changed row."""

    def load(self, data: Any) -> Any:
        try:
            return super().load(data)
        except DataError:
            return None


def _exists(entry_uuid: UUID) -> bool:
    """Is the entry there, but at another moment than the one it was sealed with?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM security_audit_entry WHERE uuid = %s LIMIT 1", [entry_uuid])
        return cursor.fetchone() is not None
