"""A log of its own for the tests that need committed rows: emptied before and after."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.ids import make_urn
from zhengtong.security.audit import providers, services

AT = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC)
CLERK = Actor(urn="urn:zhengtong:511602-e:identity:account:0", capacity=Capacity.OFFICIAL)
DONE = "tests.thing.done"
TABLES = "security_audit_entry, security_audit_leaf, security_audit_node, security_audit_checkpoint"


@pytest.fixture(autouse=True)
def declared_action():
    if DONE not in providers.ACTIONS:
        providers.ACTIONS.register(DONE, {"zh": "做了", "en": "Done"})


def thing() -> str:
    return make_urn("tests", "thing", uuid.uuid4())


def sql(statement: str, *values):
    """What somebody with the database's password can do."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


def write(count: int, start: int = 0) -> list:
    """Entries of one transaction."""
    with transaction.atomic():
        return [
            services.record(CLERK, DONE, thing(), at=AT, detail={"n": number}) for number in range(start, start + count)
        ]


def seal_all(**options):
    """Seal once every transaction of the server that is older than this call has ended: other test runs share it."""
    ((mine,),) = sql("SELECT pg_current_xact_id()::text::bigint")
    deadline = time.monotonic() + 240
    while sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")[0][0] <= mine:
        assert time.monotonic() < deadline, "another transaction of this server has been open for minutes"
        time.sleep(0.02)
    return services.seal(at=AT, **options)


@pytest.fixture
def log(transactional_db, settings, tmp_path):
    settings.ZT_HOME = tmp_path
    sql(f"TRUNCATE {TABLES}")
    yield
    sql(f"TRUNCATE {TABLES}")
