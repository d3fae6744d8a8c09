"""What the registers answer to forms."""

import uuid
from datetime import UTC, date, datetime

import pytest

from zhengtong.kernel.ids import make_urn
from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.tests.factories import AT, authority, make_legal_entity, make_person, make_premises
from zhengtong.security.audit import queries as audit
from zhengtong.security.identity.tests.factories import make_representative, make_resident
from zhengtong.support.forms.providers import PREFILL

pytestmark = pytest.mark.django_db


def fetch(register, party_urn, actor, *, key="", at=AT):
    return PREFILL.get(register).fetch(party_urn=party_urn, key=key, actor=actor, at=at)


def test_the_register_of_legal_entities_answers_with_values_source_and_date():
    boss = make_representative()
    make_legal_entity(uscc=boss.entity.uscc)
    answer = fetch("legal_entity", boss.actor.party_urn, boss.actor)
    assert answer.values["name"] == "演示餐饮有限公司"
    assert answer.values["established_date"] == "2026-09-15"
    assert answer.sources["name"] == {"zh": "市场监管登记", "en": "business registration"}
    assert answer.as_of == AT
    assert set(answer.values) == set(PREFILL.get("legal_entity").fields())


def test_reading_for_the_holder_is_no_read_of_personal_data():
    boss = make_representative()
    make_legal_entity(uscc=boss.entity.uscc)
    fetch("legal_entity", boss.actor.party_urn, boss.actor)
    assert audit.list_reads_of(boss.actor.party_urn) == []


def test_what_the_registers_do_not_hold_is_not_found():
    boss, resident = make_representative(), make_resident()
    nobody = make_urn("identity", "legal_entity", uuid.uuid4())
    assert fetch("legal_entity", boss.actor.party_urn, boss.actor) is None
    assert fetch("legal_entity", nobody, boss.actor) is None
    assert fetch("legal_entity", resident.actor.party_urn, resident.actor) is None
    assert fetch("legal_entity", "nonsense", boss.actor) is None
    assert fetch("premises", boss.actor.party_urn, boss.actor) is None
    assert fetch("person", boss.actor.party_urn, boss.actor) is None


def test_premises_are_those_of_the_certificate_else_those_at_the_registered_address():
    boss = make_representative()
    make_legal_entity(uscc=boss.entity.uscc, address="演示路9号")
    urn = boss.actor.party_urn
    first = make_premises(owner_urn=urn, address="演示路1号", area_m2=96)
    second = make_premises(owner_urn=urn, address="演示路9号", area_m2=320)
    assert fetch("premises", urn, boss.actor).values["area_m2"] == 320
    assert fetch("premises", urn, boss.actor, key=f" {first['certificate_number']} ").values["area_m2"] == 96
    assert second["certificate_number"] > first["certificate_number"]
    offered = PREFILL.get("premises").choices(party_urn=urn, actor=boss.actor, at=AT)
    assert [(o.key, o.record.values["area_m2"]) for o in offered] == [
        (second["certificate_number"], 320), (first["certificate_number"], 96)
    ]  # fmt: skip
    assert "演示路1号" in offered[1].label


def test_nobody_learns_of_another_partys_premises():
    boss, other = make_representative(), make_representative(name="别人")
    theirs = make_premises(owner_urn=other.actor.party_urn)
    assert fetch("premises", boss.actor.party_urn, boss.actor, key=theirs["certificate_number"]) is None


def test_rented_premises_count_until_the_lease_ends():
    boss = make_representative()
    premises = make_premises()
    services.amend_record(
        actor=authority("housing"),
        register="premises",
        uuid=premises.uuid,
        changes={"occupant_urn": boss.actor.party_urn, "occupant_name": "演示", "lease_until_date": "2026-12-31"},
        reason="备案",
        at=AT,
    )
    assert fetch("premises", boss.actor.party_urn, boss.actor).values["area_m2"] == 320.5
    ended = datetime(2027, 1, 1, 2, tzinfo=UTC)
    assert fetch("premises", boss.actor.party_urn, boss.actor, at=ended) is None
    assert queries.list_premises_of(boss.actor.party_urn, on=date(2026, 12, 31))


def test_a_person_gets_the_own_data_and_nobody_elses():
    someone, other = make_resident("王演示"), make_resident("李演示")
    answer = fetch("person", someone.actor.party_urn, someone.actor)
    assert answer.values["name"] == "王演示"
    assert len(answer.values["id_number"]) == 18
    assert fetch("person", someone.actor.party_urn, other.actor) is None
    assert audit.list_reads_of(someone.actor.party_urn) == []


@pytest.mark.parametrize(
    ("element", "register", "may_reask"),
    [
        ("organisation-name", "legal_entity", False),
        ("premises-area", "premises", False),
        ("id-number", "person", False),
        ("mobile-number", "person", True),
    ],
)
def test_the_once_only_rule_can_ask_who_holds_a_data_element(element, register, may_reask):
    field = queries.find_register_field(element)
    assert (field.register, field.may_reask) == (register, may_reask)
    assert queries.find_field(register, field.name) == field


def test_what_no_register_holds_may_be_asked():
    assert queries.find_register_field("shoe-size") is None
    assert queries.find_field("nowhere", "name") is None
    assert len(queries.field_authorities()) >= 20


@pytest.mark.parametrize(("level", "source"), [(1, "未核验"), (2, "窗口"), (3, "三级核验")])
def test_the_source_of_a_persons_data_is_named_by_how_surely_it_is_known(db, level, source) -> None:
    someone = make_resident()
    someone.person.assurance_level = level
    someone.person.save()
    record = PREFILL.get("person").fetch(party_urn=someone.actor.party_urn, key="", actor=someone.actor, at=AT)
    assert source in record.sources["name"]["zh"]
    assert source in record.sources["id_number"]["zh"]
    assert "本人登记" in record.sources["phone"]["zh"]


def test_a_proved_person_gets_the_population_registers_values_and_one_who_only_states_a_number_does_not() -> None:
    someone = make_resident()
    number = someone.person.id_number
    make_person(id_number=number, name="登记名", phone="19900000001")
    someone.person.assurance_level = 1
    someone.person.save()
    stated = fetch("person", someone.actor.party_urn, someone.actor)
    assert stated.values["name"] == someone.person.name
    someone.person.assurance_level = 2
    someone.person.save()
    proved = fetch("person", someone.actor.party_urn, someone.actor)
    assert proved.values["name"] == "登记名"
    assert proved.values["id_number"] == number
    assert proved.sources["name"]["zh"] == "人口基础信息"
    assert proved.values["phone"] == someone.person.phone, "what he states himself is newer than the register"
