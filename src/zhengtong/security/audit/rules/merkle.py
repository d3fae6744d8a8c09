"""The tree of RFC 6962: hashes of subtrees, inclusion paths, roots. A subtree is (level, index): 2^level leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import reduce

Subtree = tuple[int, int]
EMPTY_ROOT = hashlib.sha256(b"").digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def position(subtree: Subtree) -> int:
    """The in-order number of a subtree's top: one number names every node; leaf n stands at 2n."""
    level, index = subtree
    return (index << (level + 1)) + (1 << level) - 1


def end_of(place: int) -> int:
    """The first leaf behind the subtree whose top stands at this position."""
    level = (~place & (place + 1)).bit_length() - 1
    return ((place >> (level + 1)) + 1) << level


def spans(start: int, end: int) -> Iterator[Subtree]:
    """The complete subtrees that cover leaves [start, end), from the left: each stands at a multiple of its size."""
    while start < end:
        room = (end - start).bit_length() - 1
        level = min(room, (start & -start).bit_length() - 1) if start else room
        yield level, start >> level
        start += 1 << level


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of a range from the hashes of its `spans`. The empty range has the empty tree's root."""
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes)) if hashes else EMPTY_ROOT


def inclusion(index: int, size: int) -> list[list[Subtree]]:
    """What the path of leaf `index` in a tree of `size` consists of, from the leaf up: the spans of each sibling."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, level = [], 0
    while 1 << level < size:
        sibling = index >> level ^ 1
        start, end = sibling << level, (sibling + 1) << level
        if end <= size:
            path.append([(level, sibling)])
        elif start < size:  # the right edge of the tree, where a sibling is not complete
            path.append(list(spans(start, size)))
        level += 1
    return path


def root_of_path(index: int, size: int, leaf_hash: bytes, path: Sequence[bytes]) -> bytes:
    """The root that a path proves (RFC 9162 section 2.1.3.2). Raises ValueError on a path of the wrong length."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    node, last, result = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return result


def consistency(old: int, new: int) -> list[list[Subtree]]:
    """What the proof that a tree of `old` leaves is the beginning of one of `new` consists of (RFC 6962 section 2.1.2).

    The spans of each hash, in the order of the proof; none where either says nothing (old is 0 or both are the same).
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves is not the beginning of one of {new}")
    start, end, path = 0, new, []
    while 0 < old < end:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if old <= middle:
            path.append(list(spans(middle, end)))
            end = middle
        else:
            path.append(list(spans(start, middle)))
            start = middle
    if start:  # else the old root itself is where the proof begins, and the reader has it
        path.append(list(spans(start, end)))
    return path[::-1]


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Does the proof show that the tree of `old` leaves is how that of `new` begins? (RFC 9162 section 2.1.4.2)"""
    if not 0 < old < new:
        return not path and ((old == new and old_root == new_root) or (old == 0 <= new and old_root == EMPTY_ROOT))
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not path:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


class Frontier:
    """The right edge of a growing tree: its complete subtrees, at most one of each level."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """`hashes` belong to `spans(0, size)`, in that order."""
        self.size = size
        self._hashes = list(hashes)
        if len(self._hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} has {size.bit_count()} subtrees on its edge, not {len(self._hashes)}")

    def append(self, leaf_hash: bytes, level: int = 0) -> list[tuple[int, bytes]]:
        """Add one leaf, or a whole subtree of 2^level. Returns the nodes above it that are completed, as (position,
        hash), from the bottom. The size must be a multiple of the subtree's."""
        completed, index, result = [], self.size >> level, leaf_hash
        self.size += 1 << level
        while index & 1:
            result = node_hash(self._hashes.pop(), result)
            level, index = level + 1, index >> 1
            completed.append((position((level, index)), result))
        self._hashes.append(result)
        return completed

    def root(self, further: Sequence[bytes] = ()) -> bytes:
        """The root, or that of a bigger tree whose `spans(size, bigger)` have the `further` hashes."""
        return fold([*self._hashes, *further])
