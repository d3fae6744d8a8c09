"""Only the authority of a field writes it; every write is logged, kept in the history and announced."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.events.models import OutboxRow
from zhengtong.kernel.ids import make_urn
from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.models import Change, LegalEntity
from zhengtong.resources.registers.tests.factories import (
    AT,
    authority,
    entity_values,
    make_legal_entity,
    make_premises,
)
from zhengtong.security.audit import queries as audit
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests.factories import make_official, make_representative
from zhengtong.security.permissions.services import Denied

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


def test_a_registered_entity_is_a_party_with_the_same_uuid_and_leaves_its_traces():
    entity = make_legal_entity()
    party = identity.get_party(make_urn("identity", "legal_entity", entity.uuid))
    assert (party.name, party.identifier) == (entity.name, entity.uscc)
    assert [entry.action for entry in audit.list_for_object(entity.urn)] == ["registers.legal_entity.registered"]
    assert OutboxRow.objects.filter(name="registers.record.registered", payload__record_uuid=str(entity.uuid)).exists()
    (change,) = queries.history_of(entity.uuid)
    assert change.values["name"] == [None, "演示餐饮有限公司"]


def test_an_entity_known_to_identity_before_keeps_its_uuid():
    known = make_representative(entity_name="演示餐饮有限公司").entity
    entity = make_legal_entity(uscc=known.uscc)
    assert entity.uuid == known.uuid


def test_a_decider_of_the_authority_may_write_and_another_authority_may_not():
    values = entity_values()
    with pytest.raises(Denied):
        services.register_legal_entity(actor=make_official("decider", "fire-rescue").actor, values=values, at=AT)
    with pytest.raises(Denied):
        services.register_legal_entity(actor=make_official("reviewer").actor, values=values, at=AT)
    with pytest.raises(Denied):
        services.register_legal_entity(actor=make_representative().actor, values=values, at=AT)
    assert not LegalEntity.objects.filter(uscc=values["uscc"]).exists()
    assert services.register_legal_entity(actor=make_official("decider").actor, values=values, at=AT).pk


def test_the_lease_belongs_to_another_authority_than_the_title():
    premises = make_premises()
    lease = {"occupant_name": "演示面馆", "lease_until_date": "2030-12-31"}
    land, housing = authority("natural-resources"), authority("housing")
    with pytest.raises(Denied):
        services.amend_premises(actor=land, uuid=premises.uuid, changes=lease, reason="备案", at=LATER)
    with pytest.raises(Denied):
        services.amend_premises(actor=housing, uuid=premises.uuid, changes={"area_m2": 500}, reason="测绘", at=LATER)
    with pytest.raises(Denied):
        services.amend_premises(actor=land, uuid=premises.uuid, changes=lease | {"use": "住宅"}, reason="x", at=LATER)
    amended = services.amend_premises(actor=housing, uuid=premises.uuid, changes=lease, reason="备案", at=LATER)
    assert amended.occupant_name == "演示面馆"
    assert (amended.as_of("area_m2"), amended.as_of("occupant_name")) == (AT, LATER)


def test_who_may_not_write_does_not_learn_what_is_wrong():
    with pytest.raises(Denied):
        services.register_legal_entity(actor=authority("housing"), values=entity_values(uscc="bad"), at=AT)


def test_bad_input_names_every_field_and_nothing_is_kept():
    with pytest.raises(Invalid) as caught:
        services.register_legal_entity(
            actor=authority("market-regulation"),
            values=entity_values(uscc="91440300192203821", established_date="2030-01-01", industry_code="x" * 11),
            at=AT,
        )
    assert {fault.path for fault in caught.value.fields} == {"uscc", "established_date", "industry_code"}
    assert LegalEntity.objects.count() == Change.objects.count() == 0


def test_an_unknown_field_alone_is_invalid_not_allowed():
    entity = make_legal_entity()
    with pytest.raises((Invalid, Denied)):
        services.amend_legal_entity(
            actor=authority("market-regulation"), uuid=entity.uuid, changes={"colour": "red"}, reason="x", at=LATER
        )


def test_the_same_code_cannot_be_registered_twice():
    entity = make_legal_entity()
    with pytest.raises(Conflict, match="已经登记"):
        make_legal_entity(uscc=entity.uscc)
    premises = make_premises()
    with pytest.raises(Conflict, match="已经登记"):
        make_premises(certificate_number=premises.certificate_number)


def test_an_amendment_keeps_old_and_new_and_the_partys_name_follows():
    entity = make_legal_entity()
    market = authority("market-regulation")
    services.amend_legal_entity(
        actor=market, uuid=entity.uuid, changes={"name": "新名称有限公司"}, reason="名称变更", at=LATER
    )
    change = queries.history_of(entity.uuid)[0]
    assert (change.values, change.reason) == ({"name": ["演示餐饮有限公司", "新名称有限公司"]}, "名称变更")
    assert identity.get_party(make_urn("identity", "legal_entity", entity.uuid)).name == "新名称有限公司"
    assert audit.list_for_object(entity.urn)[0].action == "registers.legal_entity.amended"


def test_an_amendment_needs_a_reason_and_something_to_amend():
    entity = make_legal_entity()
    market = authority("market-regulation")
    with pytest.raises(Invalid) as caught:
        services.amend_legal_entity(actor=market, uuid=entity.uuid, changes={"name": "新"}, reason=" ", at=LATER)
    assert caught.value.fields[0].path == "reason"
    with pytest.raises((Invalid, Denied)):
        services.amend_legal_entity(actor=market, uuid=entity.uuid, changes={}, reason="x", at=LATER)


def test_a_deregistered_entity_cannot_come_back():
    entity = make_legal_entity()
    market = authority("market-regulation")
    services.amend_legal_entity(
        actor=market, uuid=entity.uuid, changes={"status": "deregistered"}, reason="注销", at=LATER
    )
    with pytest.raises(Conflict, match="登记状态"):
        services.amend_legal_entity(
            actor=market, uuid=entity.uuid, changes={"status": "operating"}, reason="恢复", at=LATER
        )


def test_an_unknown_record_is_not_found():
    with pytest.raises(NotFound):
        services.amend_legal_entity(
            actor=authority("market-regulation"),
            uuid="00000000-0000-4000-8000-000000000000",
            changes={"name": "新"},
            reason="x",
            at=LATER,
        )


def test_a_page_shows_labels_sources_and_masks_names():
    items = {item.name: item for item in queries.describe(make_legal_entity())}
    assert items["legal_representative_name"].value == "陈**"
    assert items["industry_code"].label["en"] == "Industry"
    assert items["name"].source["zh"] == "市场监管登记"
    assert items["name"].as_of == AT
    assert str(items["status"].value) == "存续（在营）"


def test_seeding_twice_changes_nothing():
    authority("market-regulation")
    seeded = services.seed_demo(at=AT)
    again = services.seed_demo(at=LATER)
    assert {e.pk for e in seeded.entities.values()} == {e.pk for e in again.entities.values()}
    assert all(e.is_synthetic and "（演示）" in e.name for e in seeded.entities.values())
    restaurant = queries.find_legal_entity(services.DEMO_RESTAURANT)
    assert restaurant.name == "广安区好味来餐饮有限公司（演示）"
    held = queries.list_premises_of(make_urn("identity", "legal_entity", restaurant.uuid), on=AT.date())
    assert [p.area_m2 for p in held] == [Decimal("320.00")]
    assert seeded.papers == again.papers
    assert {paper.type_key for paper in seeded.papers} == {"business-licence", "property-certificate", "lease"}
