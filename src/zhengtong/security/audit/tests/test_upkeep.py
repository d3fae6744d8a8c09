"""The tables of the log: always a partition, and no right to rewrite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import ProgrammingError, connection

from zhengtong.kernel import clock
from zhengtong.security.audit import services
from zhengtong.security.audit.services import upkeep
from zhengtong.security.crypto import services as crypto

from .conftest import AT, CLERK, DONE, seal_all, sql, thing, write


def partition_of(uuid) -> str:
    return sql("SELECT tableoid::regclass::text FROM security_audit_entry WHERE uuid = %s", uuid)[0][0]


@pytest.mark.django_db
def test_partitions_are_made_ahead_once() -> None:
    december = datetime(2031, 12, 31, 23, 30, tzinfo=UTC)
    made = services.ensure_partitions(at=december)
    assert [name[-7:] for name in made if "entry" in name] == ["m203112", "m203201", "m203202", "m203203"]
    assert services.ensure_partitions(at=december) == []


@pytest.mark.django_db
def test_rows_of_a_month_without_a_partition_are_kept_and_moved_later() -> None:
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT relname FROM pg_class WHERE relname ~ '^security_audit_entry_m\d+$'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE security_audit_entry DETACH PARTITION {name}")
            cursor.execute(f"DROP TABLE {name}")
    entry = services.record(CLERK, DONE, thing(), at=AT)
    assert partition_of(entry.uuid) == "security_audit_entry_rest"
    services.ensure_partitions(at=clock.now())
    assert partition_of(entry.uuid) == "security_audit_entry_m" + entry.recorded_at.strftime("%Y%m")


@pytest.mark.django_db
def test_leaves_and_nodes_get_the_next_block_before_it_is_needed() -> None:
    size = upkeep.LEAVES_PER_PARTITION
    sql("INSERT INTO security_audit_leaf VALUES (%s, gen_random_uuid(), now(), '1', 1, '', '')", 5 * size)
    made = services.ensure_partitions(at=clock.now())
    assert {"security_audit_leaf_b5", "security_audit_leaf_b6", "security_audit_node_b5"} <= set(made)
    ((name,),) = sql("SELECT tableoid::regclass::text FROM security_audit_leaf WHERE index = %s", 5 * size)
    assert name == "security_audit_leaf_b5"


ROLE = "zt_test_web"


@pytest.fixture
def as_web(log):
    write(3)
    seal_all()
    ((exists,),) = sql("SELECT count(*) FROM pg_roles WHERE rolname = %s", ROLE)
    if not exists:
        sql(f"CREATE ROLE {ROLE}")
    sql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}")
    services.ensure_partitions(at=clock.now() + timedelta(days=200))
    for statement in services.grants(ROLE) + crypto.grants(ROLE):
        sql(statement)
    sql(f"SET ROLE {ROLE}")
    yield
    sql("RESET ROLE")
    sql(f"DROP OWNED BY {ROLE}")


def test_the_web_role_can_record_and_read(as_web) -> None:
    (entry,) = write(1)
    services.receipt(entry)
    assert services.verify().entries == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE security_audit_entry SET actor_urn = ''",
        "DELETE FROM security_audit_entry",
        "DELETE FROM security_audit_entry_rest",
        "TRUNCATE security_audit_entry",
        "DELETE FROM security_audit_leaf",
        "INSERT INTO security_audit_leaf SELECT * FROM security_audit_leaf",
        "UPDATE security_audit_node SET hash = ''",
        "UPDATE security_audit_checkpoint SET note = ''",
        "INSERT INTO security_audit_checkpoint VALUES (9, '', '', now())",
        "DROP TABLE security_audit_entry",
        "UPDATE security_crypto_key SET wrapped = ''",
        "DELETE FROM security_crypto_key",
    ],
)
def test_the_web_role_cannot_rewrite_anything(as_web, statement) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        sql(statement)


def test_the_web_role_cannot_reach_any_partition(as_web) -> None:
    names = sql("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'security_audit_entry'::regclass")
    assert len(names) >= 2
    for (name,) in names:
        with pytest.raises(ProgrammingError, match="permission denied"):
            sql(f"DELETE FROM {name}")
