"""The database's own line: every table, tried as the web role; and the key ring, which SQL alone does not open."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from zhengtong.config.node import rights
from zhengtong.config.node.database import WEB
from zhengtong.kernel import clock
from zhengtong.security.crypto import rules
from zhengtong.security.crypto import services as crypto
from zhengtong.security.crypto.services import gate, node_key

AT = clock.now()
_ALL = """
    SELECT relname, relispartition FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_COLUMN = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped LIMIT 1"
# Each does nothing and still needs its right.
TRIES = {
    "S": 'SELECT FROM "{table}" WHERE false',
    "I": 'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM "{table}" WHERE false',
    "U": 'UPDATE "{table}" SET "{column}" = DEFAULT WHERE false',
    "D": 'DELETE FROM "{table}" WHERE false',
}


def sql(statement: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def as_web(db) -> Iterator[None]:
    sql(f"SET ROLE {WEB}")
    yield
    sql("RESET ROLE")


def tables() -> list[tuple[str, bool]]:
    return sql(_ALL)


def may(table: str) -> str:
    """The letters of what the database lets the present role do, by trying."""
    ((column,),) = sql(_COLUMN, f'"{table}"')
    return "".join(
        letter for letter, statement in TRIES.items() if _passes(statement.format(table=table, column=column))
    )


def _passes(statement: str) -> bool:
    try:
        with transaction.atomic():
            sql(statement)
    except ProgrammingError as fault:
        if "permission denied" in str(fault):
            return False
        raise
    return True


@pytest.mark.django_db
def test_every_table_is_declared() -> None:
    missing = [name for name, is_partition in tables() if not is_partition and rights.rights_of(name) is None]
    assert not missing, f"say in config/node/rights.py what the web may do with: {', '.join(missing)}"


@pytest.mark.django_db
def test_no_row_speaks_of_a_table_that_is_gone() -> None:
    names = [name for name, _ in tables()]
    own = {key for key in rights.RIGHTS if any(n.startswith(key[:-1]) if key[-1] == "*" else n == key for n in names)}
    assert set(rights.RIGHTS) - own <= {"zt_node_stamp", "django_admin_log"}  # of `zt`; of Django's own


def test_the_web_may_do_with_every_table_what_is_declared_and_no_more(as_web) -> None:
    found = {name: may(name) for name, is_partition in tables() if not is_partition}
    declared = {name: (rights.rights_of(name) or "") for name in found}
    # To try adding one has to read as well: what may be added may be read here.
    assert found == declared


def test_the_web_reaches_no_partition(as_web) -> None:
    partitions = [name for name, is_partition in tables() if is_partition]
    assert partitions
    assert {name: may(name) for name in partitions} == dict.fromkeys(partitions, "")


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE security_audit_entry",
        "ALTER TABLE security_audit_entry DISABLE TRIGGER ALL",
        "CREATE TABLE mine (x int)",
        "SELECT * FROM security_crypto_key",
        "SELECT wrapped FROM security_crypto_key",
        "SELECT * FROM security_crypto_gate",
        "INSERT INTO security_crypto_gate VALUES (sha256('mine'))",
        "COPY security_crypto_key TO PROGRAM 'cat'",
        "COPY (SELECT * FROM security_crypto_key) TO STDOUT",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION security_crypto_ring(bytea) RESET ALL",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_read_file('/etc/passwd')",
        "CREATE ROLE mine",
    ],
)
def test_what_an_injected_statement_might_try_is_refused(as_web, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be (owner|superuser)"), transaction.atomic():
        sql(statement)


def test_the_ring_opens_for_the_node_keys_token_only(as_web) -> None:
    assert sql("SELECT * FROM security_crypto_ring('')") == []
    assert sql("SELECT * FROM security_crypto_ring(%s)", rules.token(bytes(32))) == []
    assert sql("SELECT * FROM security_crypto_ring(%s)", rules.digest_of_token(node_key.current())) == [], (
        "a digest is no token"
    )
    purposes = {row.purpose for row in gate.read_keys()}
    assert {"signing", "data", "index"} <= purposes
    assert "ca" not in purposes


def test_a_function_cannot_be_led_astray_by_a_table_of_the_same_name(as_web) -> None:
    sql("CREATE TEMPORARY TABLE security_crypto_gate (digest bytea)")
    sql("INSERT INTO pg_temp.security_crypto_gate VALUES (sha256('mine'))")
    assert sql("SELECT * FROM security_crypto_ring('mine')") == []


def test_the_token_shows_in_no_view_of_statements(as_web) -> None:
    token = rules.token(node_key.current())
    own = connection.connection.info.backend_pid
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        assert gate.read_keys()
        ((shown,),) = other.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [own])
    assert "security_crypto_ring($1)" in shown
    prepared = "".join(text for (text,) in sql("SELECT statement FROM pg_prepared_statements"))
    assert token.hex() not in shown + prepared


def test_the_web_signs_seals_and_sees_a_rotation_without_restart(db, monkeypatch) -> None:
    monkeypatch.setattr("zhengtong.security.crypto.services.ring.CHECK_EVERY", 0.0)
    sql(f"SET ROLE {WEB}")
    before, sealed = crypto.sign(b"x").key_id, crypto.encrypt("王")
    sql("RESET ROLE")
    crypto.rotate(purpose="signing", at=AT)
    crypto.rotate(purpose="data", at=AT)
    sql(f"SET ROLE {WEB}")
    assert crypto.sign(b"x").key_id != before
    assert crypto.decrypt(sealed) == "王"
    assert crypto.find_public_key(before) is not None
    sql("RESET ROLE")
    crypto.forget_keys()
