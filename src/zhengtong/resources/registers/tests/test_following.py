"""A subscriber follows a register: nothing that commits late is lost, nothing is shown that was not granted."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from zhengtong.resources.registers import following, queries, rows, services
from zhengtong.resources.registers.definition import ddl
from zhengtong.resources.registers.models import ReadGrant
from zhengtong.resources.registers.tests.factories import AT, authority, make_legal_entity, make_person
from zhengtong.security.audit import queries as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity.tests.factories import make_official
from zhengtong.security.sso.tests.factories import make_client

pytestmark = pytest.mark.django_db(transaction=True)
ENTITIES, PEOPLE = queries.LEGAL_ENTITIES, queries.POPULATION
WHY = {"purpose": "licensing", "matter": "法人库同步"}
FIELDS = ["uscc", "name", "phone"]


@pytest.fixture
def system() -> Client:
    """A system of the market regulator, whose own the fields of legal entities are."""
    _actor, token = make_client("follower", ["registers.bulk"])
    return Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)


def subscribe(client, register=ENTITIES, fields=FIELDS, status=200, **more):
    answer = client.post(
        f"/api/v1/registers/{register}/subscriptions", json.dumps({**WHY, "fields": fields, **more}),
        content_type="application/json", headers={"Idempotency-Key": uuid.uuid4().hex},
    )  # fmt: skip
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def settle() -> None:
    """Wait until every transaction older than this call has ended: other test runs share the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        mine = cursor.fetchone()[0]
    deadline = time.monotonic() + 240
    while following.horizon().xid <= mine:
        assert time.monotonic() < deadline, "another transaction of this server has been open for minutes"
        time.sleep(0.02)


def pull(client, subscription, after="", register=ENTITIES, status=200, *, waits=True, **more):
    if waits:
        settle()
    asked = {"subscription": subscription["uuid"], "after": after, **more}
    answer = client.get(f"/api/v1/registers/{register}/changes", asked)
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def rename(entity, name: str, **more) -> None:
    services.amend_record(
        actor=authority("market-regulation"), register=ENTITIES, uuid=entity.uuid, changes={"name": name, **more},
        reason="变更登记", at=AT + timedelta(days=1),
    )  # fmt: skip


def uuids(page) -> list[str]:
    return [one["uuid"] for one in page["records"]]


def test_first_everything_then_only_what_changed(system) -> None:
    entities = [make_legal_entity() for _ in range(3)]
    subscription = subscribe(system)
    first = pull(system, subscription, limit=2)
    rest = pull(system, subscription, first["position"], limit=2)
    assert [*uuids(first), *uuids(rest)] == [str(one.uuid) for one in entities]
    assert (first["more"], rest["more"]) == (True, False)
    rename(entities[1], "更名公司")
    (changed,) = pull(system, subscription, rest["position"])["records"]
    assert (changed["uuid"], changed["state"]) == (str(entities[1].uuid), "current")
    assert {name: one["value"] for name, one in changed["fields"].items()}["name"] == "更名公司"
    assert set(changed["fields"]) == set(FIELDS)


def test_a_record_that_ended_is_told_as_such(system) -> None:
    entity = make_legal_entity()
    subscription = subscribe(system)
    position = pull(system, subscription)["position"]
    rename(entity, "已注销公司", status="deregistered")
    (ended,) = pull(system, subscription, position)["records"]
    assert ended["state"] == "ended"
    assert ended["valid_from"] == (AT + timedelta(days=1)).date().isoformat()


def test_what_began_early_and_commits_late_is_not_lost(system) -> None:
    """Two transactions: the earlier one commits after the later one was already read."""
    early, later = make_legal_entity(), make_legal_entity()
    subscription = subscribe(system)
    position = pull(system, subscription)["position"]
    table = queries.get_register(ENTITIES).table
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"] or None, dbname=settings["NAME"], user=settings["USER"]
    ) as slow:
        slow.execute("SELECT set_config('zt.acting_for', 'market-regulation', false)")
        slow.execute(f"UPDATE {table} SET name = '先开始' WHERE uuid = %s", [early.uuid])
        rename(later, "后开始")
        during = pull(system, subscription, position, waits=False)
        assert uuids(during) == [], "it waits: the earlier one is still undecided"
        slow.commit()
    after = pull(system, subscription, during["position"])
    assert set(uuids(after)) == {str(early.uuid), str(later.uuid)}
    assert pull(system, subscription, after["position"])["records"] == []


def test_a_naive_reader_would_have_lost_it() -> None:
    """The rule is needed: by the greatest number seen, the late one lies behind."""
    early, later = make_legal_entity(), make_legal_entity()
    definition = queries.get_register(ENTITIES)
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"] or None, dbname=settings["NAME"], user=settings["USER"]
    ) as slow:
        slow.execute("SELECT set_config('zt.acting_for', 'market-regulation', false)")
        slow.execute(f"UPDATE {definition.table} SET name = '先开始' WHERE uuid = %s", [early.uuid])
        rename(later, "后开始")
        greatest = rows.find(definition, later.uuid).changed_xid
        slow.commit()
    assert rows.find(definition, early.uuid).changed_xid < greatest


def test_carrying_values_under_a_new_key_is_no_change() -> None:
    person, definition = make_person(), queries.get_register(PEOPLE)
    before = rows.find(definition, person.uuid).changed_xid
    with connection.cursor() as cursor:
        cursor.execute("SET zt.renewing = 'on'")
        cursor.execute(f"UPDATE {definition.table} SET id_number = id_number WHERE uuid = %s", [person.uuid])
        cursor.execute("RESET zt.renewing")
    assert rows.find(definition, person.uuid).changed_xid == before


def grant_names() -> ReadGrant:
    police = make_official("decider", "public-security").actor
    return services.grant_reading(
        actor=police, register=PEOPLE, authority="public-security", fields=["name", "id_number"],
        consumer_uuid=directory.find_organisation("market-regulation").uuid, purposes=["licensing"],
        basis="食品安全法第三十五条", at=AT,
    )  # fmt: skip


def test_only_granted_fields_and_one_entry_for_all_that_were_read(system) -> None:
    people = [make_person(), make_person()]
    subscribe(system, PEOPLE, ["name"], status=422)
    given = grant_names()
    fault = subscribe(system, PEOPLE, ["name", "phone"], status=422, grant=str(given.uuid))
    assert "phone" not in json.dumps(fault["errors"], ensure_ascii=False), "said by its label"
    subscription = subscribe(system, PEOPLE, ["name"], grant=str(given.uuid))
    page = pull(system, subscription, register=PEOPLE)
    assert all(set(one["fields"]) == {"name"} for one in page["records"])
    assert {one["fields"]["name"]["value"] for one in page["records"]} == {"王演示"}
    entries = [audit.list_reads_of(one.urn) for one in people]
    assert [len(found) for found in entries] == [1, 1]
    assert entries[0][0].uuid == entries[1][0].uuid
    assert "法人库同步" in entries[0][0].purpose


@pytest.mark.parametrize("what", ["subscription", "grant"])
def test_what_is_revoked_gives_nothing_from_the_next_call_on(system, what) -> None:
    make_person()
    given = grant_names()
    subscription = subscribe(system, PEOPLE, ["name"], grant=str(given.uuid))
    assert pull(system, subscription, register=PEOPLE)["records"]
    police = make_official("decider", "public-security").actor
    if what == "grant":
        services.revoke_grant(actor=police, grant_uuid=given.uuid, reason="用途已变", at=AT)
    else:
        services.revoke_subscription(
            actor=police, subscription_uuid=uuid.UUID(subscription["uuid"]), reason="用途已变", at=AT
        )
    assert pull(system, subscription, register=PEOPLE, status=403)["status"] == 403


def test_another_system_and_another_scope_get_nothing(system) -> None:
    subscription = subscribe(system)
    _actor, token = make_client("other", ["registers.bulk"], "fire-rescue")
    other = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)
    pull(other, subscription, status=403)
    _actor, token = make_client("reader", ["registers.read"])
    reader = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)
    pull(reader, subscription, status=403)
    assert Client().get(f"/api/v1/registers/{ENTITIES}/changes").status_code == 401


@pytest.mark.parametrize(
    ("after", "status"),
    [("x", 422), ("00000000.1.1", 409), ("ffffffff.99999999999999999999.1", 422), ("'; --", 422), ("1" * 61, 422)],
)
def test_a_position_that_is_none(system, after, status) -> None:
    problem = pull(system, subscribe(system), after, status=status)
    assert problem["status"] == status
    assert problem["code" if status == 409 else "title"] in ("position-lost", problem["title"])


def test_a_delta_of_a_large_register_is_read_by_its_index() -> None:
    """Partitioned, too: the merge of the partitions' indexes gives the order."""
    definition = queries.get_register(PEOPLE)
    columns = "id_number, id_number_index, name, sex, birth_date, status, division"
    values = "'x'::bytea, int8send(n), 'x', '1', '1990-01-01', 'active', '511602'"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('zt.acting_for', %s, false)", [",".join(a.key for a in definition.authorities)]
        )
        cursor.execute(
            f"INSERT INTO {definition.table} (valid_from, recorded_at, act_id, {columns}) "
            f"SELECT '2026-01-01', '2026-01-01', 0, {values} FROM generate_series(1::bigint, 20000) n"
        )
        cursor.execute("RESET zt.acting_for")
        cursor.execute(f"ANALYZE {definition.table}")
    settle()
    end = following.horizon()
    with CaptureQueriesContext(connection) as asked:
        found = following.changed(definition, replace(end, xid=0), end, names=["name"], limit=500)
    assert len(found) == 500
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + asked.captured_queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "_changed_xid_id_idx" in plan, plan
    assert "Seq Scan" not in plan, plan


def test_a_position_moves_on_though_nothing_changed(system) -> None:
    """Else a quiet register would be scanned from an ever older point."""
    subscription = subscribe(system)
    first = following.read_position(pull(system, subscription)["position"])
    make_person()
    second = following.read_position(pull(system, subscription, str(first))["position"])
    assert second.xid > first.xid


def test_a_register_published_before_is_followed_from_its_migration_on() -> None:
    """What migration 0008 does to tables that lack the number: also to partitioned ones, without rewriting them."""
    entity, person = make_legal_entity(), make_person()
    for key, record in ((ENTITIES, entity), (PEOPLE, person)):
        definition = queries.get_register(key)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {definition.table}_stamped ON {definition.table}")
            cursor.execute(f"ALTER TABLE {definition.table} DROP COLUMN changed_xid")
            for statement in (*ddl.follow_changes(definition), *ddl.follow_changes(definition)):
                cursor.execute(statement)
        assert rows.find(definition, record.uuid).changed_xid > 0
    before = rows.find(queries.get_register(ENTITIES), entity.uuid).changed_xid
    rename(entity, "更名公司")
    assert rows.find(queries.get_register(ENTITIES), entity.uuid).changed_xid > before
