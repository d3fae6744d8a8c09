"""Who reads, sees what was granted for the purpose and no more; whoever was read sees it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.resources.registers import purposes, queries, services
from zhengtong.resources.registers.definition.model import Secrecy, Sharing
from zhengtong.resources.registers.sights import NOBODYS, Reach, Sight, sight_of
from zhengtong.resources.registers.tests.factories import AT, authority, make_legal_entity, make_person, make_premises
from zhengtong.security.audit import queries as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity.tests.factories import make_official, make_representative, make_resident
from zhengtong.security.permissions.services import Denied
from zhengtong.security.sso.tests.factories import make_client

pytestmark = pytest.mark.django_db
PEOPLE, ENTITIES = queries.POPULATION, queries.LEGAL_ENTITIES
LICENSING = purposes.Purpose("licensing", "办件 2026-0007")
SUPERVISION = purposes.Purpose("supervision", "食品安全检查")
LATER = AT + timedelta(days=1)


def market(role: str = "reviewer"):
    return make_official(role, "market-regulation").actor


def grant(*fields: str, purposes_=("licensing",), consumer="market-regulation", **more):
    police = make_official("decider", "public-security").actor
    return services.grant_reading(
        actor=police, register=PEOPLE, authority="public-security",
        consumer_uuid=directory.find_organisation(consumer).uuid, fields=fields, purposes=purposes_,
        basis="食品安全法第三十五条", at=AT, **more,
    )  # fmt: skip


def read(actor, person, purpose=LICENSING, *, at=LATER, **more):
    key = {"id_number": person["id_number"]}
    return services.read_record(actor=actor, register=PEOPLE, key=key, purpose=purpose, at=at, **more)


def sights(answer) -> dict[str, str]:
    return {one.name: one.sight.value for one in answer.fields}


# -- the rule ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("secrecy", "sharing", "mask", "reach", "expected"),
    [
        (Secrecy.OPEN, Sharing.UNCONDITIONAL, "", NOBODYS, Sight.WHOLE),
        (Secrecy.INTERNAL, Sharing.UNCONDITIONAL, "", NOBODYS, Sight.ABSENT),
        (Secrecy.INTERNAL, Sharing.CONDITIONAL, "name", NOBODYS, Sight.MASKED),
        (Secrecy.SENSITIVE, Sharing.CONDITIONAL, "", NOBODYS, Sight.ABSENT),
        (Secrecy.SENSITIVE, Sharing.CONDITIONAL, "all", Reach(granted=frozenset({"name"})), Sight.WHOLE),
        (Secrecy.OPEN, Sharing.WITHHELD, "name", Reach(granted=frozenset({"name"})), Sight.ABSENT),
        (Secrecy.OPEN, Sharing.WITHHELD, "name", Reach(frozenset({"public-security"})), Sight.WHOLE),
    ],
)
def test_whole_masked_or_absent(secrecy, sharing, mask, reach, expected) -> None:
    from dataclasses import replace

    one = replace(queries.get_register(PEOPLE).by_name["name"], secrecy=secrecy, sharing=sharing, mask=mask)
    assert sight_of(one, reach) is expected


# -- by key -----------------------------------------------------------------------------------------------------------
def test_only_what_is_granted_for_the_purpose_is_whole() -> None:
    person = make_person()
    grant("name", "birth_date")
    answer = read(market(), person)
    assert answer["name"].value == person["name"]
    assert answer["birth_date"].value == person["birth_date"]
    assert answer["id_number"].sight == "masked"
    assert person["id_number"][3:14] not in answer["id_number"].value
    assert (answer["sex"].sight, answer["sex"].value) == ("absent", None)
    assert answer["name"].source == {"zh": "人口基础信息", "en": "population register"}
    assert sights(read(market(), person, SUPERVISION))["name"] == "masked"
    assert sights(read(make_official("reviewer", "housing").actor, person))["name"] == "masked"


def test_the_authority_sees_its_own_fields_and_not_those_of_others() -> None:
    answer = read(make_official("reviewer", "public-security").actor, make_person())
    assert (answer["name"].sight, answer["sex"].sight, answer["marital"].sight) == ("whole", "whole", "masked")


def test_a_grant_ends_on_its_day_and_when_it_is_revoked() -> None:
    person, reader = make_person(), market()
    given = grant("name", until=date(2026, 11, 22))
    assert read(reader, person, at=AT)["name"].sight == "whole"
    assert read(reader, person, at=AT + timedelta(days=5))["name"].sight == "masked"
    police = make_official("decider", "public-security").actor
    services.revoke_grant(actor=police, grant_uuid=given.uuid, reason="协议终止", at=AT)
    assert read(reader, person, at=AT)["name"].sight == "masked"
    with pytest.raises(Conflict):
        services.revoke_grant(actor=police, grant_uuid=given.uuid, reason="协议终止", at=AT)


def test_only_the_authority_grants_its_own_fields_and_says_why() -> None:
    for stranger in (market("decider"), make_official("reviewer", "public-security").actor, make_resident().actor):
        with pytest.raises(Denied):
            services.grant_reading(
                actor=stranger, register=PEOPLE, authority="public-security", fields=["name"], purposes=["licensing"],
                consumer_uuid=directory.find_organisation("housing").uuid, basis="x", at=AT,
            )  # fmt: skip
    with pytest.raises(Invalid) as caught:
        services.grant_reading(
            actor=make_official("decider", "public-security").actor, register=PEOPLE, authority="public-security",
            fields=["marital"], purposes=["curiosity"], basis=" ", at=AT, until=date(2026, 1, 1),
            consumer_uuid=directory.find_organisation("public-security").uuid,
        )  # fmt: skip
    assert {fault.path for fault in caught.value.fields} == {"fields", "purposes", "basis", "until", "consumer"}


def test_a_read_of_a_person_is_on_record_for_the_person() -> None:
    resident = make_resident()
    person = make_person(id_number=resident.person.id_number, birth_date="1990-01-01")
    read(market(), person)
    entries = audit.list_reads_of(resident.actor.party_urn)
    assert person.urn in entries[0].subjects
    assert "办件 2026-0007" in entries[0].purpose


def test_what_is_not_held_is_none_and_on_record_and_a_key_must_be_one() -> None:
    person, reader = make_person(), market()
    assert services.read_record(
        actor=reader, register=PEOPLE, key={"id_number": "11010519491231002X"}, purpose=LICENSING, at=AT
    ) is None  # fmt: skip
    for key in ({"name": person["name"]}, {}, {"id_number": "123"}, {"id_number": ""}):
        with pytest.raises(Invalid):
            services.read_record(actor=reader, register=PEOPLE, key=key, purpose=LICENSING, at=AT)


def test_who_may_not_read() -> None:
    person = make_person()
    clerk, resident = make_official("window_clerk", "market-regulation").actor, make_resident().actor
    client, _token = make_client()
    for nobody in (clerk, resident, client):
        with pytest.raises(Denied):
            read(nobody, person)
    system, _token = make_client("reader", ["registers.read"])
    grant("name")
    assert read(system, person)["name"].sight == "whole"


@pytest.mark.parametrize(("key", "matter"), [("", "x"), ("nothing", "x"), ("licensing", " "), ("licensing", "x" * 201)])
def test_every_read_names_a_purpose_and_a_matter(key: str, matter: str) -> None:
    with pytest.raises(Invalid):
        purposes.purpose_of(key, matter)


# -- as of ------------------------------------------------------------------------------------------------------------
def test_a_record_as_it_was_on_a_day_as_known_at_a_moment() -> None:
    entity = make_legal_entity()
    services.amend_record(
        actor=authority("market-regulation"), register=ENTITIES, uuid=entity.uuid, changes={"address": "新址"},
        reason="迁址", at=AT + timedelta(days=10),
    )  # fmt: skip
    ask = {"actor": market(), "register": ENTITIES, "uuid": entity.uuid, "purpose": LICENSING}
    later = AT + timedelta(days=11)
    assert services.reveal_record(**ask, at=later)["address"].value == "新址"
    assert services.reveal_record(**ask, at=later, on=date(2026, 11, 25))["address"].value == "演示路1号"
    assert services.reveal_record(**ask, at=later, on=date(2026, 12, 1), known=LATER)["address"].value == "演示路1号"
    assert services.reveal_record(**ask, at=later, on=date(2020, 1, 1)) is None
    with pytest.raises(NotFound):
        services.reveal_record(**{**ask, "uuid": "00000000-0000-4000-8000-000000000000"}, at=later)


# -- several fields ---------------------------------------------------------------------------------------------------
def seek(actor=None, **terms):
    return services.seek_records(actor=actor or market(), register=PEOPLE, terms=terms, purpose=LICENSING, at=AT)


def test_people_are_found_by_several_fields_masked() -> None:
    person = make_person(name="欧阳演示", name_pinyin="ouyang yanshi", former_name="王旧名", phone="19912345678")
    born = person["birth_date"].isoformat()
    for terms in (
        {"name": "欧阳演示", "birth_date": born, "division": "5116"}, {"name_pinyin": "OuYang"},
        {"former_name": "王旧名", "birth_date": born}, {"id_number": person["id_number"].lower()},
    ):  # fmt: skip
        found = seek(**terms)
        assert [one.uuid for one in found.records] == [person.uuid], terms
        assert found.records[0]["name"].value == "欧**"
    for terms in (
        {"name": "欧阳演示", "birth_date": "1931-07-29"}, {"name": "欧阳演示", "division": "11"}, {"name_pinyin": "o%"},
    ):  # fmt: skip
        assert not seek(**terms).records, terms


@pytest.mark.parametrize(
    "terms", [{}, {"division": "5116"}, {"former_name": "王"}, {"birth_date": "yesterday"}, {"phone": "1"},
              {"name": "王", "division": "5116%"}],
)  # fmt: skip
def test_a_search_rests_on_an_index_and_is_readable(terms) -> None:
    with pytest.raises(Invalid):
        seek(**terms)


def test_a_search_is_on_record_without_what_was_typed() -> None:
    person = make_person()
    seek(name=person["name"], birth_date=person["birth_date"].isoformat())
    (entry,) = audit.list_reads_of(person.urn)
    assert (entry.action, entry.detail["by"]) == ("registers.record.sought", ["birth_date", "name"])
    assert person["name"] not in str(entry.detail)


# -- batch ------------------------------------------------------------------------------------------------------------
def test_a_batch_answers_in_its_order_with_one_entry() -> None:
    people = [make_person() for _ in range(3)]
    keys = [{"id_number": one["id_number"]} for one in people]
    keys.insert(1, {"id_number": "11010519491231002X"})
    answers = services.read_batch(actor=market(), register=PEOPLE, keys=keys, purpose=LICENSING, at=AT)
    assert [one and one.uuid for one in answers] == [people[0].uuid, None, people[1].uuid, people[2].uuid]
    (entry,) = audit.list_reads_of(people[2].urn)
    assert {one.urn for one in people} <= set(entry.subjects)
    with pytest.raises(Invalid) as caught:
        services.read_batch(actor=market(), register=PEOPLE, keys=[*keys, {"id_number": "1"}], purpose=LICENSING, at=AT)
    assert [fault.path for fault in caught.value.fields] == ["keys.4.id_number"]
    for many in ([], keys * 60):
        with pytest.raises(Invalid):
            services.read_batch(actor=market(), register=PEOPLE, keys=many, purpose=LICENSING, at=AT)


# -- verification -----------------------------------------------------------------------------------------------------
def verify(person, claims, *, actor=None, key=None):
    return services.verify_record(
        actor=actor or market(), register=PEOPLE, key=key or {"id_number": person["id_number"]}, claims=claims,
        purpose=LICENSING, at=AT,
    )  # fmt: skip


def test_verification_says_yes_no_or_not_found_and_nothing_else() -> None:
    person = make_person(phone="19912345678")
    claims = {"name": person["name"], "birth_date": "1901-01-01", "phone": "19912345678", "marital": "10"}
    assert verify(person, claims) == {"name": "yes", "birth_date": "no", "phone": "yes", "marital": "not_found"}
    assert verify(person, {"name": "王"}, key={"id_number": "11010519491231002X"}) == {"name": "not_found"}
    assert {e.action for e in audit.list_reads_of(person.urn)} == {"registers.record.verified"}
    for wrong in ({}, {"colour": "red"}, {"birth_date": "tomorrow"}, {"name": ""}):
        with pytest.raises(Invalid):
            verify(person, wrong)
    with pytest.raises(Denied):
        verify(person, {"name": "王"}, actor=make_representative().actor)


def test_nobody_finds_a_value_by_trying() -> None:
    person, reader = make_person(), market()
    for day in range(1, 21):
        verify(person, {"birth_date": f"1980-02-{day:02d}"}, actor=reader)
    from zhengtong.resources.registers.services.verifying import TooManyTries

    with pytest.raises(TooManyTries):
        verify(person, {"birth_date": "1980-03-01"}, actor=reader)
    assert verify(make_person(), {"name": "王演示"}, actor=reader) == {"name": "yes"}


def test_a_register_of_things_is_read_without_subjects() -> None:
    premises = make_premises()
    key = {"certificate_number": premises["certificate_number"]}
    answer = services.read_record(actor=market(), register=queries.PREMISES, key=key, purpose=LICENSING, at=LATER)
    assert answer["address"].sight in ("whole", "absent", "masked")
    assert audit.list_for_object(premises.urn)[0].action == "registers.record.read"
