"""People, legal entities, officials: entered once, checked, found again, masked."""

import uuid
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from zhengtong.kernel.actors import ANONYMOUS, Capacity, system_actor
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.identifiers import synthetic_id_number, synthetic_uscc
from zhengtong.security.audit.models import Entry
from zhengtong.security.permissions.services import Denied

from .. import queries, services
from ..models import Account, Person, Representation
from . import factories as make

AT = datetime(2026, 3, 2, tzinfo=UTC)
NUMBER = synthetic_id_number(1, born=date(1990, 1, 2))


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.ZT_DEMO = True


@pytest.mark.django_db
def test_a_persons_numbers_are_encrypted_and_found_again() -> None:
    person = services.create_person(
        actor=make.SYSTEM, name="王演示", id_number=NUMBER.lower(), phone="139 0000 0001", at=AT
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, phone FROM security_identity_person WHERE uuid = %s", [person.uuid])
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    assert NUMBER.encode() not in stored
    assert b"13900000001" not in stored
    assert queries.find_person(NUMBER) == person
    party = queries.find_party(f" {NUMBER} ")
    assert (party.urn, party.identifier, party.name_masked) == (person.urn, "999***********" + NUMBER[-4:], "王**")
    assert "1990" not in party.identifier


@pytest.mark.django_db
def test_bad_numbers_are_refused_field_by_field() -> None:
    wrong = NUMBER[:17] + ("0" if NUMBER[17] != "0" else "1")
    with pytest.raises(Invalid) as caught:
        services.create_person(actor=make.SYSTEM, name=" ", id_number=wrong, phone="12345", at=AT)
    assert [field.path for field in caught.value.fields] == ["name", "id_number", "phone"]
    with pytest.raises(Invalid):
        services.create_person(actor=make.SYSTEM, name="甲", id_number="123456199001010012", at=AT)
    assert not Person.objects.exists()


@pytest.mark.django_db
def test_a_number_belongs_to_one_person() -> None:
    seen = Person.Assurance.SEEN
    services.create_person(actor=make.SYSTEM, name="甲", id_number=NUMBER, assurance_level=seen, at=AT)
    with pytest.raises(Conflict) as caught:
        services.create_person(actor=make.SYSTEM, name="乙", id_number=NUMBER, at=AT)
    assert NUMBER not in str(caught.value.message), "says nothing about who has it"


@pytest.mark.django_db
def test_a_resident_enters_himself_and_nobody_else() -> None:
    mine, other = (Account.objects.create(username=name, password="!") for name in ("mine", "other"))
    person = services.register_resident(account=mine, name="甲", id_number=NUMBER, at=AT)
    assert person.assurance_level == 1
    with pytest.raises(Denied):
        services.create_person(actor=queries.actor_for_account(mine, at=AT), name="乙", account=other, at=AT)
    with pytest.raises(Denied):
        services.create_person(actor=ANONYMOUS, name="乙", at=AT)
    with pytest.raises(Invalid):
        services.register_resident(account=other, name="乙", id_number=" ", at=AT)


@pytest.mark.django_db
def test_an_entity_is_recognised_with_its_representative_who_may_change() -> None:
    first, second = make.make_resident("甲"), make.make_resident("乙")
    uscc, entity_uuid = synthetic_uscc(7), uuid.uuid4()
    known = {"actor": make.SYSTEM, "uscc": uscc, "at": AT}
    entity = services.recognise_entity(
        **known, name="旧名", entity_uuid=entity_uuid, legal_representative_uuid=first.person.uuid
    )
    assert entity.uuid == entity_uuid
    again = services.recognise_entity(**known, name="新名", legal_representative_uuid=second.person.uuid)
    assert (again.pk, again.name) == (entity.pk, "新名")
    assert [r.person for r in Representation.objects.in_force(AT)] == [second.person]
    services.recognise_entity(**known, name="新名", legal_representative_uuid=second.person.uuid)
    assert Representation.objects.count() == 2, "the same again changes nothing"
    with pytest.raises(Conflict):
        services.recognise_entity(**known, name="新名", entity_uuid=uuid.uuid4())
    with pytest.raises(Invalid):
        services.recognise_entity(actor=make.SYSTEM, uscc=uscc[:17] + "?", name="坏", at=AT)
    with pytest.raises(NotFound):
        services.recognise_entity(**known, name="新名", legal_representative_uuid=uuid.uuid4())
    with pytest.raises(Denied):
        services.recognise_entity(actor=first.actor, uscc=uscc, name="新名", at=AT)
    assert queries.find_party(uscc.lower()).name_masked == "新名"


@pytest.mark.django_db
def test_parties_come_in_two_queries(django_assert_num_queries) -> None:
    representative, resident = make.make_representative(), make.make_resident()
    urns = [representative.entity.urn, resident.person.urn, representative.person.urn, "urn:nonsense", ""]
    with django_assert_num_queries(2):
        parties = queries.parties_by_urn(urns)
    assert {party.kind for party in parties.values()} == {"person", "legal_entity"}
    assert len(parties) == 3
    with pytest.raises(NotFound):
        queries.get_party("urn:zhengtong:511602-e:identity:person:00000000-0000-0000-0000-000000000000")


@pytest.mark.django_db
def test_an_unmasked_read_is_on_record_but_for_ones_own() -> None:
    resident, clerk, stranger = make.make_resident(), make.make_official("window_clerk"), make.make_resident()
    urn = resident.person.urn
    with pytest.raises(Denied):
        queries.reveal_person(urn, actor=clerk.actor, purpose="好奇", at=AT)
    job = system_actor("tests")
    data = queries.reveal_person(urn, actor=job, purpose="核对身份", at=AT)
    assert data.id_number == resident.person.id_number
    entry = Entry.objects.exclude(subjects=[]).get()
    assert (entry.actor_urn, entry.subjects, entry.purpose) == (job.urn, [urn], "核对身份")
    queries.reveal_person(urn, actor=resident.actor, purpose="本人查看", at=AT)
    assert Entry.objects.exclude(subjects=[]).count() == 1
    with pytest.raises(Denied):
        queries.reveal_person(urn, actor=stranger.actor, purpose="好奇", at=AT)


@pytest.mark.django_db
def test_an_official_has_a_post_with_roles() -> None:
    official = make.make_official(("window_clerk", "reviewer"), "civil-affairs", name="钱演示")
    assert official.actor.capacity is Capacity.OFFICIAL
    assert official.actor.organisation_uuids == {official.organisation_uuid}
    assert official.actor.display_name == "钱演示"
    values = {
        "actor": make.SYSTEM,
        "password": "!",
        "name": "孙",
        "title": {"zh": "岗", "en": "Post"},
        "at": AT,
        "roles": [],
    }
    with pytest.raises(Conflict):
        services.create_official(username=official.account.username, organisation_key="civil-affairs", **values)
    with pytest.raises(NotFound, match="ministry-of-magic"):
        services.create_official(username="x", organisation_key="ministry-of-magic", **values)
    with pytest.raises(Denied):
        services.create_official(username="x", organisation_key="civil-affairs", **{**values, "actor": official.actor})
