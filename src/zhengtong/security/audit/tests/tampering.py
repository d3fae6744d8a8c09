"""What somebody with the database's password can do to the log."""

from __future__ import annotations

from zhengtong.security.audit.rules import merkle
from zhengtong.security.audit.services import rows

from .conftest import sql

COLUMNS = {
    "at": "at + interval '1 microsecond'",
    "actor_urn": "'urn:other'",
    "on_behalf_urn": "'urn:other'",
    "capacity": "'system'",
    "action": "'tests.thing.undone'",
    "object_urn": "object_urn || 'x'",
    "case_urn": "'urn:case'",
    "outcome": "'denied'",
    "purpose": "'another'",
    "detail": "detail || '{\"more\": 1}'",
    "subjects": "'{urn:person}'",
    "salt": "'\\x00'",
    "recorded_at": "recorded_at - interval '1 second'",
    "xid": "'7'",
    "id": "id",  # GENERATED ALWAYS: see below
}
_SWAP = """
UPDATE security_audit_entry e SET {} FROM security_audit_entry o
WHERE e.uuid = ANY(%s) AND o.uuid = ANY(%s) AND e.uuid <> o.uuid
"""
CONTENT = [
    "at",
    "actor_urn",
    "on_behalf_urn",
    "capacity",
    "action",
    "object_urn",
    "case_urn",
    "outcome",
    "purpose",
    "detail",
    "subjects",
    "salt",
]


def swap_contents(pair: list) -> None:
    """What two entries say changes places; they themselves stay where they are."""
    sql(_SWAP.format(", ".join(f"{column} = o.{column}" for column in CONTENT)), pair, pair)


def rehash(entry_uuid) -> None:
    """An attacker who knows our code makes the stored leaf hash fit the altered entry."""
    (row,) = sql(f"SELECT {rows.FACTS} FROM security_audit_entry e WHERE e.uuid = %s", entry_uuid)
    value = rows.hash_of(rows.facts_of_row(row))
    sql("UPDATE security_audit_leaf SET hash = %s WHERE entry_uuid = %s", value, entry_uuid)


def rebuild_nodes() -> bytes:
    """… and all the nodes above it. Returns the new root."""
    sql("TRUNCATE security_audit_node")
    frontier = merkle.Frontier()
    for (value,) in sql("SELECT hash FROM security_audit_leaf ORDER BY index"):
        for place, node in frontier.append(bytes(value)):
            sql("INSERT INTO security_audit_node VALUES (%s, %s)", place, node)
    return frontier.root()
