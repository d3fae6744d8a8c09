"""Rows of the log as values: the one place that knows the columns' order."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from zhengtong.security.crypto import services as crypto

from ..models import Entry
from ..rules.leaf import Facts, leaf, leaf_hash, moment

FACTS = (
    "e.uuid, e.at, e.recorded_at, e.actor_urn, e.on_behalf_urn, e.capacity, e.action, e.object_urn, e.case_urn, "
    "e.outcome, e.purpose, e.detail, e.subjects, e.salt"
)
FACTS_WIDTH = 14
_PLACE = struct.Struct(">qqq")


class LeafRow(NamedTuple):
    """A stored leaf: the number and the hash it got at sealing, and the entry it belongs to."""

    number: int
    entry_uuid: UUID
    recorded_at: Any
    entry_xid: int
    entry_id: int
    hash: bytes
    mac: bytes


def facts_of_row(row: tuple[Any, ...]) -> Facts:
    """The facts of a row selected with FACTS."""
    *plain, detail, subjects, salt = row
    return Facts(*(*plain, orjson.loads(detail), subjects, bytes(salt)))


def facts_of_entry(entry: Entry) -> Facts:
    """The facts of an entry as `record` returned it or the database holds it."""
    return Facts(
        uuid=entry.uuid, at=entry.at, recorded_at=entry.recorded_at, actor_urn=entry.actor_urn,
        on_behalf_urn=entry.on_behalf_urn, capacity=entry.capacity, action=entry.action, object_urn=entry.object_urn,
        case_urn=entry.case_urn, outcome=entry.outcome, purpose=entry.purpose, detail=entry.detail,
        subjects=entry.subjects, salt=bytes(entry.salt),
    )  # fmt: skip


def hash_of(facts: Facts) -> bytes:
    return leaf_hash(leaf(facts))


def mac_maker() -> Callable[[LeafRow], bytes]:
    """Makes the code that binds a leaf's number to its entry, for who has the node key only (16 bytes)."""
    mac = crypto.mac_for("audit leaf")

    def mac_of(row: LeafRow) -> bytes:
        place = _PLACE.pack(row.number, row.entry_xid, row.entry_id)
        return mac(place + row.entry_uuid.bytes + moment(row.recorded_at).encode() + row.hash)[:16]

    return mac_of
