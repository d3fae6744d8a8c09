"""Tables laid bare for loading: indexes, keys and foreign keys are taken off and put back as they were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_FOREIGN = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0
      AND (conrelid = ANY(%(t)s::regclass[]) OR confrelid = ANY(%(t)s::regclass[]))
"""
_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('p', 'u', 'x') AND conrelid = ANY(%(t)s::regclass[])
"""
_INDEXES = """
    SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY(%(t)s::regclass[])
      AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
"""


@dataclass(frozen=True, slots=True)
class Bare:
    """What was taken off. `indexes`: table → statements that put its indexes and keys back. `links`: foreign keys."""

    indexes: dict[str, list[str]] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)  # statements that check what the links claim


def lay_bare(db: Any, tables: Iterable[str]) -> Bare:
    """Take everything off the tables, in one transaction; a table in use elsewhere for 10 s raises."""
    names = {"t": list(tables)}
    bare = Bare({table: [] for table in names["t"]})
    with db.transaction():
        db.execute("SET LOCAL lock_timeout = '10s'")
        foreign, keys, indexes = (db.execute(q, names).fetchall() for q in (_FOREIGN, _KEYS, _INDEXES))
        for table, name, definition in foreign:
            db.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            bare.links.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition} NOT VALID')
            bare.proofs.append(f'ALTER TABLE {table} VALIDATE CONSTRAINT "{name}"')
        for table, name, definition in keys:
            db.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            bare.indexes[table].append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for table, name, definition in indexes:
            db.execute(f"DROP INDEX {name}")
            bare.indexes[table].append(definition.replace(" ON ONLY ", " ON ", 1))
    return bare
