"""What the gateway's process runs: its SQL fits the migrated schema, and it needs no Django."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from zhengtong.resources.registers import queries
from zhengtong.resources.registers import wire as registers

SOURCE = Path(settings.PACKAGE)
WIRES = sorted(".".join(("zhengtong", *f.relative_to(SOURCE).with_suffix("").parts)) for f in SOURCE.rglob("wire.py"))
_VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
_PLACE = re.compile(r"%\((\w+)\)s|%s")


def statements() -> dict[str, str]:
    """Every SQL text that a wire holds by an upper-case name, its own or one it hands on."""
    modules = ((name, vars(import_module(name))) for name in WIRES)
    held = ((f"{name}.{key}", value) for name, members in modules for key, value in members.items())
    return {key: value for key, value in held if key.rpartition(".")[2].isupper() and _is_statement(value)}


def _is_statement(value: object) -> bool:
    return isinstance(value, str) and bool(_VERB.match(value))


def numbered(statement: str) -> str:
    """psycopg's places as PostgreSQL's: the same name is the same number."""
    places: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found[1] or f"%{len(places)}"
        if name not in places:
            places.append(name)
        return f"${places.index(name) + 1}"

    return _PLACE.sub(number, statement)


def prepare(statement: str) -> None:
    """Raises ProgrammingError where a table, a column or a type does not fit."""
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE a_wire_statement AS {numbered(statement)}")
        cursor.execute("DEALLOCATE a_wire_statement")


def test_there_are_wires_with_statements() -> None:
    assert {"zhengtong.security.sso.wire.TOKEN", "zhengtong.resources.registers.wire.READER"} <= set(statements())


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(statements()))
def test_every_statement_of_a_wire_fits_the_schema(name: str) -> None:
    prepare(statements()[name])


@pytest.mark.django_db
def test_the_record_of_every_register_is_read_by_a_statement_that_fits() -> None:
    for definition in queries.definitions().values():
        for key in definition.keys:
            statement, _params = registers.reader_and_record(definition, dict.fromkeys(key, ""), lambda *_: [b""])
            prepare(statement)


@pytest.mark.django_db
def test_a_statement_that_does_not_fit_is_noticed() -> None:
    from django.db import ProgrammingError, transaction

    with pytest.raises(ProgrammingError), transaction.atomic():
        prepare("SELECT nobody FROM security_sso_token WHERE digest = %(digest)s")
