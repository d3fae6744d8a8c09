"""Whole blocks of leaves checked at once: is everything here exactly as it was sealed, yes or no?

The fast half of verification. A block that is not sound, for whatever reason, is walked once more row by row by
`scanning`, which names what is wrong; so nothing here decides more than "as sealed". Values stay the raw bytes
PostgreSQL sends (binary format), and bytes equal to what was sealed are written without the general canonical form:
if the two ever differ, the digest differs, and the block is walked.
"""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from psycopg.types.string import ByteaBinaryLoader

from ..rules import merkle
from ..rules.leaf import SALT_BYTES
from ..rules.merkle import node_hash

_RAW = (2950, 1184, 5069, 20, 3802, 1009)  # types left as sent: uuid, timestamptz, xid8, int8, jsonb, text[]
_EDGES = "SELECT entry_xid, entry_id FROM security_audit_leaf WHERE index IN (%s, %s) ORDER BY index"
_ENTRIES = """
SELECT e.xid, e.id, e.uuid, e.recorded_at, e.uuid::text, e.at, e.actor_urn, e.on_behalf_urn, e.capacity, e.action,
       e.object_urn, e.case_urn, e.outcome, e.purpose, e.detail, e.subjects, e.salt
FROM security_audit_entry e WHERE {after} (e.xid, e.id) <= (%s, %s) ORDER BY e.xid, e.id LIMIT %s
"""
_AFTER = "(e.xid, e.id) > (%s, %s) AND"
_LEAVES = """
SELECT string_agg(row, '') FROM (
    SELECT int8send(index) || xid8send(entry_xid) || int8send(entry_id) || uuid_send(entry_uuid)
        || timestamptz_send(recorded_at) || hash || mac AS row
    FROM security_audit_leaf WHERE index >= %s AND index < %s ORDER BY index) AS rows
"""
_NODES = """
SELECT string_agg(row, '') FROM (
    SELECT int8send(position) || hash AS row
    FROM security_audit_node WHERE position >= %s AND position < %s ORDER BY position) AS rows
"""
_SIZES = "SELECT tree_size FROM security_audit_checkpoint WHERE tree_size > %s AND tree_size <= %s"
_NO_SUBJECTS = bytes(8) + (25).to_bytes(4)  # an empty text[] as sent: no dimensions, no nulls, elements of text
_MICROSECONDS = struct.Struct(">q").unpack
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
    """The block of `width` leaves (a power of two, at least 2) from `start`, if all is as sealed and no entry stands
    between its first and last that has no leaf; None otherwise.

    `db` is a psycopg connection in a transaction, `kept` the size of the checkpoint kept outside (0: none).
    """
    stop = start + width
    with psycopg.Cursor(db) as cursor:
        for kind in _RAW:
            cursor.adapters.register_loader(kind, ByteaBinaryLoader)
        leaves = _hashes(_entries(cursor, start, width), mac, start, width)
        if leaves is None or leaves.rows != _stored(cursor, _LEAVES, start, stop):
            return None
        levels = _levels(leaves.hashes)
        nodes = _stored(cursor, _NODES, 2 * start, 2 * stop)
        sizes = [int.from_bytes(size) for (size,) in cursor.execute(_SIZES, [start, stop], binary=True)]
    above = _above(nodes, _in_order(levels, start), 2 * stop - 1)
    if above is None:
        return None
    sizes += [kept] * (start < kept <= stop)
    edges = {
        size: [levels[level][index - (start >> level)] for level, index in merkle.spans(start, size)] for size in sizes
    }
    return Block(levels[-1][0], above or None, edges)


def _entries(cursor: Any, start: int, width: int) -> list[tuple[Any, ...]]:
    """The entries behind the place of leaf `start` - 1 and up to that of the block's last: as many as there are leaves,
    where all is well. A place that was changed only makes them others."""
    edges = cursor.execute(_EDGES, [start - 1, start + width - 1], binary=True).fetchall()
    if len(edges) != (2 if start else 1):
        return []
    after = _AFTER if start else ""
    places = [part for xid, number in edges for part in (str(int.from_bytes(xid)), int.from_bytes(number, signed=True))]
    return cursor.execute(_ENTRIES.format(after=after), [*places, width + 1], binary=True).fetchall()


def _stored(cursor: Any, statement: str, low: int, high: int) -> bytes:
    """The rows from `low` to below `high`, one behind the other, as one value."""
    (rows,) = cursor.execute(statement, [low, high], binary=True).fetchone()
    return rows or b""


def _above(stored: bytes, expected: bytes, place: int) -> bytes | None:
    """The hash stored at `place`, behind the nodes of the block: empty if none is, None if the others are not right."""
    if stored == expected:
        return b""
    begin = expected + place.to_bytes(8)
    return stored[len(begin) :] if stored.startswith(begin) else None


@dataclass(frozen=True, slots=True)
class Leaves:
    """The leaf hashes of a block, and what the rows of its leaves must be."""

    hashes: list[bytes]
    rows: bytes


def _hashes(rows: Sequence[tuple[Any, ...]], mac: Mac, start: int, width: int) -> Leaves | None:
    """The leaf hashes, each computed from its entry and bound to its place by its code; None at the first doubt."""
    try:
        return _computed(rows, mac, start) if len(rows) == width else None
    except (ValueError, TypeError, OverflowError, OSError):  # what was never recorded: no moment, no JSON, no text
        return None


def _computed(rows: Sequence[tuple[Any, ...]], mac: Mac, start: int) -> Leaves:
    sha, dumps, loads, moment = hashlib.sha256, orjson.dumps, orjson.loads, Moments()
    hashes: list[bytes] = []
    leaves: list[bytes] = []  # their rows, column by column
    number = start
    for (
        xid, entry_id, raw_uuid, recorded,
        uuid, at, actor, on_behalf, capacity, action, obj, case, outcome, purpose, detail, subjects, salt,
    ) in rows:  # fmt: skip
        recorded_at = moment[recorded]
        fields = {"action": action, "actor": actor, "at": moment[at]}  # in the order of their names
        if capacity:
            fields["capacity"] = capacity
        if case:
            fields["case"] = case
        if len(salt) != SALT_BYTES:  # HMAC would not tell zeros behind it
            raise ValueError("not a salt of the log")
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
        place = number.to_bytes(8)
        code = mac(place + xid + entry_id + raw_uuid + recorded_at.encode() + value)[:16]
        leaves += (place, xid, entry_id, raw_uuid, recorded, value, code)
        hashes.append(value)
        number += 1
    return Leaves(hashes, b"".join(leaves))


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
    """Moments as sent (microseconds since 2000) as the leaf tells them; each second is put into words once."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds: dict[int, str] = {}

    def __missing__(self, sent: bytes) -> str:
        second, part = divmod(_MICROSECONDS(sent)[0], 1_000_000)
        told = self._seconds.get(second)
        if told is None:
            told = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second + _EPOCH))
            self._seconds[second] = told
        self[sent] = moment = f"{told}{part:06}Z"
        return moment


def _levels(hashes: list[bytes]) -> list[list[bytes]]:
    """The complete subtrees of the block by level, the leaves first, its top last."""
    levels = [hashes]
    while len(levels[-1]) > 1:
        below = iter(levels[-1])
        levels.append([node_hash(left, right) for left, right in zip(below, below, strict=True)])
    return levels


def _in_order(levels: list[list[bytes]], start: int) -> bytes:
    """The rows of all nodes of the block, in the order of their positions."""
    width = len(levels[0])
    nodes: list[Any] = [None] * (width - 1)
    for level, row in enumerate(levels[1:], 1):
        nodes[(1 << (level - 1)) - 1 :: 1 << level] = row
    stored: list[bytes] = []
    for place, value in zip(range(2 * start + 1, 2 * (start + width) - 1, 2), nodes, strict=True):
        stored += (place.to_bytes(8), value)
    return b"".join(stored)
