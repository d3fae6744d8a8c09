"""Records of the time before registers were defined as data are carried over, once, by the authorities' own verbs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from zhengtong.kernel.actors import Actor, Capacity, PostRef
from zhengtong.security.directory import queries as directory

from .. import catalogue, rows
from ..definition.model import Definition
from ..queries import LEGAL_ENTITIES, PREMISES
from .writing import enter_record

FORMER = {LEGAL_ENTITIES: "registers_legal_entity", PREMISES: "registers_premises"}


@transaction.atomic
def carry_over(*, at: datetime) -> int:
    """Enter every record of the former tables that the register lacks, then drop them; answers how many there were.

    Afterwards nothing is left of them but `registers_change`, which tells who wrote what before.
    """
    carried = 0
    for register, table in FORMER.items():
        definition = catalogue.find(register)
        if definition and _exists(table):
            carried += sum(_carry(definition, values, at) for values in _rows(table))
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE {table}")
    return carried


def _exists(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [table])
        return cursor.fetchone()[0] is not None


def _rows(table: str) -> Iterable[Mapping[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608  (our own name)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _carry(definition: Definition, stored: Mapping[str, Any], at: datetime) -> bool:
    key = {name: stored[name] for name in definition.keys[0]}
    if rows.find_by_key(definition, key):
        return False
    values = {one.name: stored[one.name] for one in definition.fields if stored.get(one.name) not in (None, "")}
    enter_record(
        actor=_authorities(definition), register=definition.key, values=values, at=at,
        is_synthetic=stored["is_synthetic"], uuid=stored["uuid"],
    )  # fmt: skip
    return True


def _authorities(definition: Definition) -> Actor:
    """The node, in the name of every authority of the register: each value was written by its own before."""
    found = [directory.find_organisation(one.key) for one in definition.authorities]
    posts = tuple(PostRef(one.uuid, one.uuid, one.division_id) for one in found if one)
    return Actor(urn="system:carry-over", capacity=Capacity.SYSTEM, display_name="carry-over", posts=posts)
