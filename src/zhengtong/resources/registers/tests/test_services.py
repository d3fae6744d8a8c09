"""Only the authority of a field writes it; every write is logged, kept in the history and announced."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.events.models import OutboxRow
from zhengtong.kernel.ids import make_urn
from zhengtong.resources.registers import queries, rows, services
from zhengtong.resources.registers.models import Act
from zhengtong.resources.registers.tests.factories import (
    AT,
    authority,
    entity_values,
    make_legal_entity,
    make_person,
    make_premises,
    person_values,
)
from zhengtong.resources.standards import services as standards
from zhengtong.security.audit import queries as audit
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests.factories import make_official, make_representative
from zhengtong.security.permissions.services import Denied

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
ENTITIES, PREMISES, PEOPLE = queries.LEGAL_ENTITIES, queries.PREMISES, queries.POPULATION


@pytest.fixture(autouse=True)
def _codes() -> None:
    standards.load_code_tables()


def enter(actor, values, register=ENTITIES):
    return services.enter_record(actor=actor, register=register, values=values, at=AT)


def amend(actor, record, changes, *, reason="变更登记", **more):
    return services.amend_record(
        actor=actor, register=record.definition.key, uuid=record.uuid, changes=changes, reason=reason,
        **{"at": LATER, **more},
    )  # fmt: skip


def test_a_registered_entity_is_a_party_with_the_same_uuid_and_leaves_its_traces() -> None:
    entity = make_legal_entity()
    party = identity.get_party(make_urn("identity", "legal_entity", entity.uuid))
    assert (party.name, party.identifier) == (entity["name"], entity["uscc"])
    assert [entry.action for entry in audit.list_for_object(entity.urn)] == ["registers.record.entered"]
    assert OutboxRow.objects.filter(name="registers.record.registered", payload__record_uuid=str(entity.uuid)).exists()
    (act,) = queries.history_of(entity.uuid)
    assert (act.kind, act.authorities, "name" in act.fields) == ("entered", ["market-regulation"], True)


def test_an_entity_known_to_identity_before_keeps_its_uuid() -> None:
    known = make_representative(entity_name="演示餐饮有限公司").entity
    assert make_legal_entity(uscc=known.uscc).uuid == known.uuid


def test_a_decider_of_the_authority_may_write_and_another_authority_may_not() -> None:
    values = entity_values()
    for stranger in (
        make_official("decider", "fire-rescue").actor, make_official("reviewer").actor, make_representative().actor,
    ):  # fmt: skip
        with pytest.raises(Denied):
            enter(stranger, values)
    assert queries.find_legal_entity(values["uscc"]) is None
    assert enter(make_official("decider").actor, values).uuid


def test_the_lease_belongs_to_another_authority_than_the_title() -> None:
    premises = make_premises()
    lease = {"occupant_name": "演示面馆", "lease_until_date": "2030-12-31"}
    land, housing = authority("natural-resources"), authority("housing")
    for actor, changes in ((land, lease), (housing, {"area_m2": 500}), (land, lease | {"use": "住宅"})):
        with pytest.raises(Denied):
            amend(actor, premises, changes)
    amend(housing, premises, lease)
    amended = queries.get_record(PREMISES, premises.uuid)
    assert (amended["occupant_name"], amended["area_m2"]) == ("演示面馆", Decimal("320.50"))


def test_who_may_not_write_does_not_learn_what_is_wrong() -> None:
    with pytest.raises(Denied):
        enter(authority("housing"), entity_values(uscc="bad"))


def test_bad_input_names_every_field_and_nothing_is_kept() -> None:
    with pytest.raises(Invalid) as caught:
        enter(
            authority("market-regulation"),
            entity_values(uscc="91440300192203821", established_date="2030-01-01", industry_code="x" * 11),
        )
    assert {fault.path for fault in caught.value.fields} == {"uscc", "established_date", "industry_code"}
    assert Act.objects.count() == 0


def test_an_unknown_field_alone_is_invalid_not_allowed() -> None:
    entity = make_legal_entity()
    with pytest.raises((Invalid, Denied)):
        amend(authority("market-regulation"), entity, {"colour": "red"})


def test_the_same_key_cannot_be_registered_twice() -> None:
    entity, premises, person = make_legal_entity(), make_premises(), make_person()
    for again in (
        lambda: make_legal_entity(uscc=entity["uscc"]),
        lambda: make_premises(certificate_number=premises["certificate_number"]),
        lambda: make_person(id_number=person["id_number"]),
    ):
        with pytest.raises(Conflict, match="已有相同"):
            again()


def test_an_amendment_keeps_old_and_new_and_the_partys_name_follows() -> None:
    entity = make_legal_entity()
    amend(authority("market-regulation"), entity, {"name": "新名称有限公司"}, reason="名称变更")
    act = queries.history_of(entity.uuid)[0]
    assert (act.kind, act.fields, act.reason, act.since) == ("amended", ["name"], "名称变更", date(2026, 12, 1))
    record = queries.get_record(ENTITIES, entity.uuid)
    assert record["name"] == "新名称有限公司"
    assert queries.versions_of(record)[0].values["name"] == "演示餐饮有限公司"
    assert identity.get_party(make_urn("identity", "legal_entity", entity.uuid)).name == "新名称有限公司"
    assert audit.list_for_object(entity.urn)[0].action == "registers.record.amended"


def test_what_was_true_on_a_day_as_known_at_a_moment() -> None:
    """Moved on 25 November, told on 1 December; on 5 December it turns out that it was the 23rd."""
    entity, market = make_legal_entity(), authority("market-regulation")
    amend(market, entity, {"address": "新址"}, since=date(2026, 11, 25))
    services.correct_record(
        actor=market, register=ENTITIES, uuid=entity.uuid, changes={"address": "新址"}, since=date(2026, 11, 23),
        until=date(2026, 11, 25), reason="迁入日期登记有误", document="迁移证明 2026-7", at=LATER + timedelta(days=4),
    )  # fmt: skip
    record = queries.get_record(ENTITIES, entity.uuid)

    def address(day: int, known: datetime) -> str | None:
        found = queries.find_version(record, on=date(2026, 11, day), known=known)
        return found and found.values["address"]

    before, between, after = AT + timedelta(days=1), LATER + timedelta(days=1), LATER + timedelta(days=5)
    assert [address(d, before) for d in (19, 20, 24, 26)] == [None, "演示路1号", "演示路1号", "演示路1号"]
    assert [address(d, between) for d in (20, 24, 25, 26)] == ["演示路1号", "演示路1号", "新址", "新址"]
    assert [address(d, after) for d in (22, 23, 24, 26)] == ["演示路1号", "新址", "新址", "新址"]
    assert record["address"] == "新址"


def test_a_correction_reaches_fixed_and_encrypted_fields_and_needs_its_document() -> None:
    person, police = make_person(), authority("public-security")
    right = person_values(birth_date="1999-01-01")["id_number"]
    change = {
        "register": PEOPLE, "uuid": person.uuid, "changes": {"id_number": right}, "reason": "号码登记有误", "at": LATER,
    }  # fmt: skip
    with pytest.raises(Invalid) as fixed:
        amend(police, person, {"id_number": right})
    assert "更正" in str(fixed.value.fields[0].message)
    with pytest.raises(Invalid) as caught:
        services.correct_record(actor=police, document=" ", **change)
    assert caught.value.fields[0].path == "document"
    services.correct_record(actor=police, document="更正证明 1", **change)
    assert queries.find_person(right).uuid == person.uuid
    assert queries.find_person(person["id_number"]) is None
    known_before = queries.find_version(queries.find_person(right), on=AT.date(), known=AT)
    assert rows.opened(known_before.values["id_number"]) == person["id_number"]


def test_an_amendment_needs_a_reason_something_to_amend_and_a_day_that_has_come() -> None:
    entity, market = make_legal_entity(), authority("market-regulation")
    for changes, more, path in (
        ({"name": "新"}, {"reason": " "}, "reason"), ({"name": entity["name"]}, {}, "name"),
        ({"name": "新"}, {"since": date(2026, 12, 2)}, "since"),
        ({"name": "新"}, {"since": date(2026, 11, 19)}, "since"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as caught:
            amend(market, entity, changes, **more)
        assert caught.value.fields[0].path == path
    with pytest.raises((Invalid, Denied)):
        amend(market, entity, {})


def test_a_deregistered_entity_cannot_come_back_and_a_revoked_one_only_ends() -> None:
    entity, market = make_legal_entity(), authority("market-regulation")
    amend(market, entity, {"status": "revoked"})
    with pytest.raises(Conflict, match="吊销"):
        amend(market, entity, {"status": "operating"})
    amend(market, entity, {"status": "deregistered"})
    with pytest.raises(Conflict, match="终止"):
        amend(market, entity, {"status": "operating"})


def test_an_unknown_record_or_register_is_not_found() -> None:
    market, nobody = authority("market-regulation"), "00000000-0000-4000-8000-000000000000"
    with pytest.raises(NotFound):
        services.amend_record(
            actor=market, register=ENTITIES, uuid=nobody, changes={"name": "新"}, reason="x", at=LATER
        )
    with pytest.raises(NotFound, match="nowhere"):
        enter(market, {"name": "x"}, register="nowhere")


def test_personal_values_lie_encrypted_and_are_found_by_their_index() -> None:
    person = make_person(phone="19912345678")
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM register_population p")
        (stored,) = cursor.fetchone()
    assert person["id_number"] not in stored
    assert "19912345678" not in stored
    assert queries.find_person(person["id_number"])["phone"] == "19912345678"


# -- the database's second line ---------------------------------------------------------------------------------------
def direct(statement: str, *params) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)


def test_the_database_too_refuses_a_write_by_another_than_the_authority() -> None:
    premises = make_premises()
    rows.act_for([])
    for statement in (
        "UPDATE register_premises SET use = '住宅'", "UPDATE register_premises SET occupant_name = '甲'",
        "INSERT INTO register_premises (valid_from, recorded_at, act_id, certificate_number, address, area_m2, use,"
        " owner_name, division_code) VALUES (now(), now(), 1, 'x', 'x', 1, 'x', 'x', '511602')",
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=r"only (natural-resources|housing) may write"):
            direct(statement)
    rows.act_for(["housing"])
    direct("UPDATE register_premises SET occupant_name = '甲'")
    with pytest.raises(DatabaseError, match="only natural-resources may write"):
        direct("UPDATE register_premises SET occupant_name = '乙', use = '住宅'")
    assert queries.get_record(PREMISES, premises.uuid)["occupant_name"] == "甲"


def test_the_database_keeps_every_record_and_all_that_was() -> None:
    entity = make_legal_entity()
    amend(authority("market-regulation"), entity, {"name": "新名称"})
    for statement in (
        "DELETE FROM register_legal_entities", "DELETE FROM register_legal_entities_past",
        "TRUNCATE register_legal_entities_past", "UPDATE register_legal_entities_past SET name = 'x'",
        "UPDATE register_legal_entities_past SET superseded_at = now(), name = 'x'",
        "UPDATE register_legal_entities_past SET superseded_at = NULL",
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=r"ever deleted|never changed"):
            direct(statement)


def test_a_page_shows_labels_sources_and_masks_names() -> None:
    items = {item.name: item for item in queries.describe(make_legal_entity())}
    assert items["legal_representative_name"].value == "陈**"
    assert items["industry_code"].label["en"] == "Industry"
    assert items["name"].source["zh"] == "市场监管登记"
    assert items["status"].value["zh"] == "存续（在营）"


def test_seeding_twice_changes_nothing() -> None:
    authority("market-regulation")
    seeded = services.seed_demo(at=AT)
    again = services.seed_demo(at=LATER)
    assert {e.uuid for e in seeded.entities.values()} == {e.uuid for e in again.entities.values()}
    assert all(e.row.is_synthetic and "（演示）" in e["name"] for e in seeded.entities.values())
    restaurant = queries.find_legal_entity(services.DEMO_RESTAURANT)
    assert restaurant["name"] == "广安区好味来餐饮有限公司（演示）"
    held = queries.list_premises_of(make_urn("identity", "legal_entity", restaurant.uuid), on=AT.date())
    assert [p["area_m2"] for p in held] == [Decimal("320.00")]
    assert seeded.papers == again.papers
    assert {paper.type_key for paper in seeded.papers} == {"business-licence", "property-certificate", "lease"}
