"""Every single change to a log of 512 entries is found and named: six kinds, each at each row; and 10,000 by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from zhengtong.security.audit import services
from zhengtong.security.audit.rules import merkle, note
from zhengtong.security.audit.services import rows, scanning, tree
from zhengtong.security.crypto import services as crypto

from .conftest import seal_all, sql, write
from .tampering import COLUMNS, CONTENT, swap_contents

pytestmark = pytest.mark.once
SIZE = 512
SAMPLES = 10_000
TOGETHER = 20  # changes at once; as many as a report names
Found = tuple[str, int, Any]  # kind, leaf, entry


class Log:
    """The sealed log: its entries, their places and their hashes."""

    def __init__(self, entries: list) -> None:
        self.uuids = [entry.uuid for entry in entries]
        self.ids = [entry.id for entry in entries]
        self.hashes = [bytes(value) for (value,) in sql("SELECT hash FROM security_audit_leaf ORDER BY index")]
        self.chance = random.Random(20260302)


@pytest.fixture
def sealed(log, monkeypatch) -> Log:
    """Sealed in five batches, the last head kept outside the database. Blocks shorter than the log: one is walked."""
    monkeypatch.setattr(scanning, "BLOCK", 128)
    entries = write(SIZE)
    services.anchor(seal_all(batch=100))
    assert services.verify().ok
    return Log(entries)


def alter(log: Log, row: int) -> set[Found]:
    column = log.chance.choice(sorted(set(COLUMNS) - {"id"}))
    sql(f"UPDATE security_audit_entry SET {column} = {COLUMNS[column]} WHERE uuid = %s", log.uuids[row])
    return {("altered", row, log.uuids[row])}


def remove(log: Log, row: int) -> set[Found]:
    sql("DELETE FROM security_audit_entry WHERE uuid = %s", log.uuids[row])
    return {("removed", row, log.uuids[row])}


def insert(log: Log, row: int) -> set[Found]:
    """A further entry at the very place of one that was sealed."""
    columns = ", ".join(["id", "recorded_at", "xid", *CONTENT])
    ((uuid,),) = sql(
        f"INSERT INTO security_audit_entry (uuid, {columns}) OVERRIDING SYSTEM VALUE"
        f" SELECT gen_random_uuid(), {columns} FROM security_audit_entry WHERE uuid = %s RETURNING uuid",
        log.uuids[row],
    )
    return {("inserted", row + 1, uuid)}


def swap(log: Log, row: int) -> set[Found]:
    other = (row + log.chance.randrange(1, SIZE)) % SIZE
    swap_contents([log.uuids[row], log.uuids[other]])
    return {("swapped", row, log.uuids[row]), ("swapped", other, log.uuids[other])}


def truncate(log: Log, row: int) -> set[Found]:
    """Everything from here on is gone, with the heads that spoke of it."""
    sql("DELETE FROM security_audit_leaf WHERE index >= %s", row)
    sql("DELETE FROM security_audit_entry WHERE id >= %s", log.ids[row])
    sql("DELETE FROM security_audit_checkpoint WHERE tree_size > %s", row)
    gone = [place for place in range(1, 2 * SIZE, 2) if merkle.end_of(place) > row]
    sql("DELETE FROM security_audit_node WHERE position = ANY(%s)", gone)
    signed = row // 100 * 100  # the last head left: what stands behind it is named, too, leaf by leaf
    return {("truncated", signed or row, None)}


def fork(log: Log, row: int) -> set[Found]:
    """Whoever has the node key as well rewrites an entry and everything after it: the whole is consistent in itself,
    and contradicted by the head that was kept outside."""
    sql("UPDATE security_audit_entry SET actor_urn = 'urn:other' WHERE uuid = %s", log.uuids[row])
    ((facts),) = sql(f"SELECT {rows.FACTS} FROM security_audit_entry e WHERE e.uuid = %s", log.uuids[row])
    value = rows.hash_of(rows.facts_of_row(facts))
    ((*leaf,),) = sql(
        "SELECT index, entry_uuid, recorded_at, entry_xid::text::bigint, entry_id FROM security_audit_leaf"
        " WHERE index = %s",
        row,
    )
    code = rows.mac_maker()(rows.LeafRow(*leaf, value, b""))
    sql("UPDATE security_audit_leaf SET hash = %s, mac = %s WHERE index = %s", value, code, row)
    frontier, nodes = merkle.Frontier(), {}
    heads = {size for (size,) in sql("SELECT tree_size FROM security_audit_checkpoint")}
    for number, hash_ in enumerate([*log.hashes[:row], value, *log.hashes[row + 1 :]], 1):
        nodes |= dict(frontier.append(hash_))
        if number in heads:
            _sign_anew(number, frontier.root())
    sql(
        "UPDATE security_audit_node n SET hash = new.hash"
        " FROM unnest(%s::bigint[], %s::bytea[]) AS new (position, hash)"
        " WHERE n.position = new.position AND n.hash <> new.hash",
        [*nodes], [*nodes.values()],
    )  # fmt: skip
    return {("forked", SIZE - 1, None)}


def _sign_anew(size: int, root: bytes) -> None:
    text = note.checkpoint_text(tree.origin(), size, root)
    signature = crypto.sign(text.encode())
    whole = note.write(text, tree.origin(), crypto.find_public_key(signature.key_id).raw, signature.value)
    sql("UPDATE security_audit_checkpoint SET root = %s, note = %s WHERE tree_size = %s", root, whole, size)


def found() -> set[Found]:
    return {(fault.kind, fault.leaf, fault.entry) for fault in services.verify().faults}


@pytest.mark.parametrize("change", [alter, remove, insert, swap, truncate, fork])
def test_every_row(sealed: Log, change: Callable[[Log, int], set[Found]]) -> None:
    for row in range(SIZE):
        with transaction.atomic():
            expected = change(sealed, row)
            told = found()
            transaction.set_rollback(True)
        alone = told == expected if change is not truncate else expected <= told
        assert alone, (row, expected, told)
    assert services.verify().ok


def rewrite_leaf(log: Log, row: int) -> set[Found]:
    """A leaf whose code alone is gone looks like an entry and its hash rewritten to fit: the worse is said."""
    column, kind = log.chance.choice([("hash", "leaf_altered"), ("mac", "altered")])
    sql(f"UPDATE security_audit_leaf SET {column} = sha256({column}) WHERE index = %s", row)
    return {(kind, row, log.uuids[row])}


def test_many_by_chance(sealed: Log) -> None:
    """Several at once: what one change does must not cover up another."""
    for _ in range(SAMPLES // TOGETHER):
        places = sealed.chance.sample(range(SIZE), TOGETHER)
        with transaction.atomic():
            expected = set().union(
                *(sealed.chance.choice([alter, remove, rewrite_leaf])(sealed, row) for row in places)
            )
            told = found()
            transaction.set_rollback(True)
        assert told == expected, (sorted(places), expected ^ told)
