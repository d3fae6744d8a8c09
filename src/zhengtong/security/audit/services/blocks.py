"""Whole blocks of leaves checked at once: is everything here exactly as it was sealed, yes or no?

The fast half of verification. A block that is not sound, for whatever reason, is walked once more row by row by
`scanning`, which names what is wrong; so nothing here decides more than "as sealed". Values stay the raw bytes
PostgreSQL sends (binary format), and bytes equal to what was sealed are written without the general canonical form:
if the two ever differ, the digest differs, and the block is walked.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from psycopg.types.string import ByteaBinaryLoader

from ..rules import merkle
from ..rules.merkle import node_hash

_RAW = (2950, 1184, 5069, 20, 3802, 1009)  # types left as sent: uuid, timestamptz, xid8, int8, jsonb, text[]
_ROWS = """
SELECT l.index, l.entry_uuid, l.recorded_at, l.entry_xid, l.entry_id, l.hash, l.mac, e.xid, e.id,
       e.uuid::text, e.at, e.actor_urn, e.on_behalf_urn, e.capacity, e.action, e.object_urn, e.case_urn, e.outcome,
       e.purpose, e.detail, e.subjects, e.salt
FROM security_audit_leaf l
JOIN security_audit_entry e ON e.uuid = l.entry_uuid AND e.recorded_at = l.recorded_at
WHERE l.index >= %s AND l.index < %s ORDER BY l.index
"""
_NODES = "SELECT position, hash FROM security_audit_node WHERE position >= %s AND position < %s ORDER BY position"
_SIZES = "SELECT tree_size FROM security_audit_checkpoint WHERE tree_size > %s AND tree_size <= %s"
_NO_SUBJECTS = bytes(8) + (25).to_bytes(4)  # an empty text[] as sent: no dimensions, no nulls, elements of text
_EPOCH = 946_684_800  # 2000-01-01, from which PostgreSQL counts
_INNER, _OUTER = (bytes(value ^ pad for value in range(256)) for pad in (0x36, 0x5C))  # HMAC (RFC 2104)
Mac = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Block:
    """A sound block: its top, what is stored where the node above its right edge stands, and for each size of a signed
    tree that ends in it the hashes of `spans(start, size)`."""

    top: bytes
    above: bytes | None
    edges: dict[int, list[bytes]]


def check_block(db: Any, mac: Mac, start: int, width: int, kept: int) -> Block | None:
    """The block of `width` leaves (a power of two, at least 2) from `start`, if all is as sealed; None otherwise.

    `db` is a psycopg connection in a transaction, `kept` the size of the checkpoint kept outside (0: none).
    """
    stop = start + width
    with psycopg.Cursor(db) as cursor:
        for kind in _RAW:
            cursor.adapters.register_loader(kind, ByteaBinaryLoader)
        rows = cursor.execute(_ROWS, [start, stop], binary=True).fetchall()
        nodes = cursor.execute(_NODES, [2 * start, 2 * stop], binary=True).fetchall()
        sizes = [int.from_bytes(size) for (size,) in cursor.execute(_SIZES, [start, stop], binary=True)]
    hashes = _hashes(rows, mac, start) if len(rows) == width else None
    if hashes is None:
        return None
    levels = _levels(hashes)
    above = nodes.pop()[1] if nodes and int.from_bytes(nodes[-1][0]) == 2 * stop - 1 else None
    if nodes != _in_order(levels, start):
        return None
    sizes += [kept] * (start < kept <= stop)
    edges = {
        size: [levels[level][index - (start >> level)] for level, index in merkle.spans(start, size)] for size in sizes
    }
    return Block(levels[-1][0], above, edges)


def _hashes(rows: Sequence[tuple[Any, ...]], mac: Mac, start: int) -> list[bytes] | None:
    """The leaf hashes, each computed from its entry and bound to its place by its code; None at the first doubt."""
    try:
        return _computed(rows, mac, start)
    except (ValueError, OverflowError, OSError):  # what could never have been recorded: no moment, no JSON, no text
        return None


def _computed(rows: Sequence[tuple[Any, ...]], mac: Mac, start: int) -> list[bytes] | None:
    sha, dumps, loads, moment = hashlib.sha256, orjson.dumps, orjson.loads, Moments()
    hashes, expected = [], start
    for (
        number, leaf_uuid, recorded, leaf_xid, leaf_id, stored, code, xid, entry_id,
        uuid, at, actor, on_behalf, capacity, action, obj, case, outcome, purpose, detail, subjects, salt,
    ) in rows:  # fmt: skip
        recorded_at = moment[recorded]
        fields = {"action": action, "actor": actor, "at": moment[at]}  # in the order of their names
        if capacity:
            fields["capacity"] = capacity
        if case:
            fields["case"] = case
        padded = salt.ljust(64, b"\0")
        fields["detail"] = _blinded(padded, b"detail", dumps(loads(detail[1:]), option=orjson.OPT_SORT_KEYS))
        if obj:
            fields["object"] = obj
        if on_behalf:
            fields["on_behalf"] = on_behalf
        fields["outcome"] = outcome
        if purpose:
            fields["purpose"] = _blinded(padded, b"purpose", dumps(purpose))
        fields["recorded_at"] = recorded_at
        if subjects != _NO_SUBJECTS:
            fields["subjects"] = _blinded(padded, b"subjects", dumps(_texts(subjects)))
        fields["uuid"] = uuid
        value = sha(b"\x00\x01" + dumps(fields)).digest()
        place = number + leaf_xid + leaf_id
        if not (
            value == stored and number == expected.to_bytes(8) and xid == leaf_xid and entry_id == leaf_id
            and mac(place + leaf_uuid + recorded_at.encode() + value)[:16] == code
        ):  # fmt: skip
            return None
        hashes.append(value)
        expected += 1
    return hashes


def _blinded(padded: bytes, name: bytes, data: bytes) -> str:
    """As rules.leaf.blinded(blinding(salt, name), data), for a salt of at most 64 bytes."""
    sha = hashlib.sha256
    key = sha(padded.translate(_OUTER) + sha(padded.translate(_INNER) + name).digest()).digest().ljust(64, b"\0")
    return sha(key.translate(_OUTER) + sha(key.translate(_INNER) + data).digest()).hexdigest()


def _texts(sent: bytes) -> list[str]:
    """The elements of a text[] of one dimension without nulls, as PostgreSQL sends it."""
    texts, place = [], 20
    for _ in range(int.from_bytes(sent[12:16])):
        end = place + 4 + int.from_bytes(sent[place : place + 4])
        texts.append(sent[place + 4 : end].decode())
        place = end
    return texts


class Moments(dict[bytes, str]):
    """Moments as sent (microseconds since 2000) as the leaf tells them; the second is put into words once."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds: dict[int, str] = {}

    def __missing__(self, sent: bytes) -> str:
        second, part = divmod(int.from_bytes(sent, signed=True), 1_000_000)
        told = self._seconds.get(second)
        if told is None:
            told = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second + _EPOCH))
            self._seconds[second] = told
        return f"{told}{part:06}Z"


def _levels(hashes: list[bytes]) -> list[list[bytes]]:
    """The complete subtrees of the block by level, the leaves first, its top last."""
    levels = [hashes]
    while len(levels[-1]) > 1:
        below = iter(levels[-1])
        levels.append([node_hash(left, right) for left, right in zip(below, below, strict=True)])
    return levels


def _in_order(levels: list[list[bytes]], start: int) -> list[tuple[bytes, bytes]]:
    """(position as sent, hash) of every node of the block, in the order of their positions."""
    width = len(levels[0])
    nodes: list[Any] = [None] * (width - 1)
    for level, row in enumerate(levels[1:], 1):
        nodes[(1 << (level - 1)) - 1 :: 1 << level] = row
    positions = (place.to_bytes(8) for place in range(2 * start + 1, 2 * (start + width) - 1, 2))
    return list(zip(positions, nodes, strict=True))
