"""Issue, supersede, end: signed, logged, announced; refused to whoever may not."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from zhengtong.kernel import identifiers
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.events.models import OutboxRow
from zhengtong.kernel.ids import make_urn
from zhengtong.resources.credentials import queries, services
from zhengtong.resources.credentials.models import Credential, CredentialType, Layout
from zhengtong.resources.credentials.tests.factories import (
    AT,
    DATA,
    FIELDS,
    SYSTEM,
    TYPE_CODE,
    make_credential,
    make_type,
    organisation_uuid,
)
from zhengtong.security.audit import queries as audit
from zhengtong.security.directory.models import Organisation
from zhengtong.security.identity.tests.factories import make_official, make_representative, make_resident
from zhengtong.security.permissions.services import Denied
from zhengtong.support.notifications import queries as notifications

pytestmark = pytest.mark.django_db
CASE = "urn:zhengtong:511602-e:cases:case:00000000-0000-4000-8000-000000000009"
LATER = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def boss():
    return make_representative()


@pytest.fixture
def kind(db):
    return make_type()


@pytest.fixture
def licence(kind, boss):
    return make_credential(boss.actor.party_urn, case_urn=CASE)


def test_an_issued_credential_is_numbered_signed_and_findable(licence, boss):
    assert identifiers.check_elicence_id(licence.identifier) is None
    assert licence.identifier.split(".")[5:9] == [TYPE_CODE, "11511301MB051073XA", "20265116020000000001", "001"]
    assert licence.number == f"{TYPE_CODE[-3:]}5116022026000001"
    assert (licence.valid_from, licence.valid_to) == (date(2026, 11, 21), date(2031, 11, 20))
    assert licence.issuer_name["zh"] == "广安市广安区市场监督管理局"
    assert licence.data == DATA
    assert queries.is_signature_valid(licence)
    assert queries.find_by_code(licence.printed_code.lower()).pk == licence.pk
    (entry,) = audit.list_for_object(licence.urn)
    assert (entry.action, entry.case_urn) == ("credentials.credential.issued", CASE)
    event = OutboxRow.objects.get(name="credentials.credential.issued").payload
    assert (event["credential_uuid"], event["holder_urn"]) == (str(licence.uuid), boss.actor.party_urn)


def test_the_next_one_has_the_next_number(licence, boss):
    second = make_credential(boss.actor.party_urn)
    assert second.number == f"{TYPE_CODE[-3:]}5116022026000002"
    assert second.verification_code != licence.verification_code


def test_personal_data_are_not_in_clear_in_the_database(kind):
    someone = make_resident("王演示")
    credential = make_credential(someone.actor.party_urn)
    raw = Credential.objects.filter(pk=credential.pk).extra(select={"raw": "payload"}).values_list("raw", flat=True)[0]
    assert "演示路1号".encode() not in bytes(raw)
    assert credential.data["premises"] == "演示路1号"


def test_the_deciding_official_issues_and_others_do_not(kind, boss):
    facts = {"type_key": "demo-licence", "holder_urn": boss.actor.party_urn, "data": DATA, "at": AT}
    market = organisation_uuid("market-regulation")
    for actor in (make_official("reviewer").actor, make_official("decider", "fire-rescue").actor, boss.actor):
        with pytest.raises(Denied):
            services.issue(actor, organisation_uuid=market, **facts)
    assert services.issue(make_official("decider").actor, organisation_uuid=market, **facts).pk


def test_in_a_joint_case_the_lead_decides_for_another_issuer(kind, boss):
    issued = services.issue(
        make_official("decider").actor,
        type_key="demo-licence",
        holder_urn=boss.actor.party_urn,
        data=DATA,
        organisation_uuid=organisation_uuid("urban-management"),
        decided_by=organisation_uuid("market-regulation"),
        case_urn=CASE,
        at=AT,
    )
    assert issued.identifier.split(".")[6] == "11511301MB0T669970"
    with pytest.raises(Denied):
        services.issue(
            make_official("decider").actor,
            type_key="demo-licence",
            holder_urn=boss.actor.party_urn,
            data=DATA,
            organisation_uuid=organisation_uuid("urban-management"),
            at=AT,
        )


def test_a_faulty_wish_names_every_fault_and_issues_nothing(kind, boss):
    with pytest.raises(Invalid) as caught:
        make_credential(boss.actor.party_urn, data={"operator": ["a", 1], "colour": "red"})
    assert {fault.path for fault in caught.value.fields} == {"data.operator", "data.colour"}
    with pytest.raises(Invalid):
        make_credential(boss.actor.party_urn, data={})
    assert not Credential.objects.exists()


def test_unknown_type_holder_and_organisation_are_not_found(kind, boss):
    with pytest.raises(NotFound, match="nothing"):
        make_credential(boss.actor.party_urn, type_key="nothing")
    with pytest.raises(NotFound):
        make_credential(make_urn("identity", "legal_entity", uuid4()))
    with pytest.raises(NotFound):
        make_credential(boss.actor.party_urn, organisation_uuid=uuid4())


def test_an_organisation_without_credit_code_cannot_issue(kind, boss):
    organisation = Organisation.objects.get(uuid=organisation_uuid("tobacco-monopoly"))
    assert not organisation.uscc
    with pytest.raises(Invalid, match="没有统一社会信用代码"):
        make_credential(boss.actor.party_urn, organisation_uuid=organisation.uuid)


def test_a_type_for_legal_entities_is_not_issued_to_a_person(db):
    make_type(holder_kind="legal_entity")
    with pytest.raises(Invalid, match="法人"):
        make_credential(make_resident().actor.party_urn)


def test_validity_may_be_given_but_not_backwards(kind, boss):
    first, last = date(2027, 1, 1), date(2027, 6, 30)
    credential = make_credential(boss.actor.party_urn, valid_from=first, valid_to=last)
    assert (credential.valid_from, credential.valid_to) == (first, last)
    with pytest.raises(Invalid, match="早于"):
        make_credential(boss.actor.party_urn, valid_from=last, valid_to=first)


def test_a_holder_name_that_is_not_the_registered_one_is_refused(kind, boss):
    with pytest.raises(Conflict, match="名称"):
        make_credential(boss.actor.party_urn, holder_name="别的公司")
    assert make_credential(boss.actor.party_urn, holder_name=boss.actor.party_name).pk


def test_a_new_version_keeps_number_serial_and_end(licence, boss):
    decider = make_official("decider").actor
    new = services.supersede(decider, uuid=licence.uuid, data=DATA | {"area": 400}, reason="面积变更", at=LATER)
    old = queries.get(licence.uuid)
    assert (new.version, new.number, new.valid_to) == (2, licence.number, licence.valid_to)
    assert new.identifier.rsplit(".", 2)[0] == old.identifier.rsplit(".", 2)[0]
    assert new.identifier.endswith(f".002.{new.identifier[-1]}")
    assert (old.status, old.ended_reason) == ("superseded", "面积变更")
    assert [c.version for c in queries.list_versions(new)] == [2, 1]
    assert [c.pk for c in queries.list_for_holder(boss.actor.party_urn)] == [new.pk]
    with pytest.raises(Conflict):
        services.supersede(decider, uuid=licence.uuid, data=DATA, reason="again", at=LATER)


@pytest.mark.parametrize("status", ["revoked", "annulled", "cancelled"])
def test_an_authority_ends_a_credential_with_a_reason(licence, status):
    decider = make_official("decider").actor
    ended = services.revoke(actor=decider, uuid=licence.uuid, reason="不再符合条件", status=status, at=LATER)
    assert ended.state_on(LATER.date()) == status
    assert audit.list_for_object(licence.urn)[0].action == "credentials.credential.revoked"
    assert OutboxRow.objects.get(name="credentials.credential.revoked").payload["status"] == status
    (message,) = notifications.list_messages(licence.holder_urn)
    assert "不再符合条件" in message.body["zh"]
    assert message.subject["en"].startswith("Your Demonstration licence has been ")
    with pytest.raises(Conflict):
        services.revoke(actor=decider, uuid=licence.uuid, reason="again", at=LATER)


def test_ending_needs_the_issuer_a_reason_and_a_known_way(licence, boss):
    decider = make_official("decider").actor
    for actor in (make_official("decider", "fire-rescue").actor, make_official("reviewer").actor, boss.actor, SYSTEM):
        with pytest.raises(Denied):
            services.revoke(actor=actor, uuid=licence.uuid, reason="x", at=LATER)
    with pytest.raises(Invalid):
        services.revoke(actor=decider, uuid=licence.uuid, reason="  ", at=LATER)
    with pytest.raises(Invalid):
        services.revoke(actor=decider, uuid=licence.uuid, reason="x", status="superseded", at=LATER)
    with pytest.raises(NotFound):
        services.revoke(actor=decider, uuid=uuid4(), reason="x", at=LATER)
    assert queries.get(licence.uuid).status == "valid"


# -- types ------------------------------------------------------------------------------------------------------------
def test_declaring_again_changes_nothing_and_a_new_layout_leaves_issued_ones_alone(licence):
    assert make_type().pk == licence.type_id
    assert Layout.objects.count() == 1
    make_type(title={"zh": "新版演示许可证", "en": "New demonstration licence"})
    assert CredentialType.objects.get(key="demo-licence").title["zh"] == "新版演示许可证"
    assert queries.get(licence.uuid).title["zh"] == "演示许可证"
    assert len(audit.list_for_object(make_urn("credentials", "type", type(licence.uuid)(int=0)))) == 2


def test_a_type_code_is_one_types_for_ever(licence):
    with pytest.raises(Conflict, match="另一种证照"):
        make_type("other-licence")
    with pytest.raises(Conflict, match="不能更改代码"):
        make_type(type_code="11511301MB051073XA802")


def test_a_case_on_an_earlier_version_gets_the_fields_of_that_version(kind, boss):
    new_fields = [*FIELDS[:2], {"key": "seats", "title": {"zh": "座位数", "en": "Seats"}}]
    make_type(fields=new_fields, template="")
    old = make_credential(boss.actor.party_urn, data=DATA, template="")
    new = make_credential(boss.actor.party_urn, data={"operator": "演示餐饮有限公司", "seats": 40}, template="")
    assert [f["key"] for f in old.layout.fields] == ["operator", "premises", "area"]
    assert [f["key"] for f in new.layout.fields] == ["operator", "premises", "seats"]
    with pytest.raises(Invalid):
        make_credential(boss.actor.party_urn, data={"area": 1, "seats": 40})


def test_every_fault_of_a_type_is_told_at_once(db):
    with pytest.raises(Invalid) as caught:
        make_type(
            title={"zh": "证"}, type_code="11511301MB051073XB801", holder_kind="dog", number_from="nowhere",
            fields=[*FIELDS, FIELDS[0]],
        )  # fmt: skip
    assert [f.path for f in caught.value.fields] == ["title", "type_code", "holder_kind", "fields", "number_from"]
    with pytest.raises(Invalid):
        make_type(type_code="short")
    with pytest.raises(Invalid):
        make_type(fields=[])


def test_only_editors_declare_types():
    with pytest.raises(Denied):
        make_type_as(make_official("decider").actor)
    assert make_type_as(make_official("service_editor").actor).pk


def make_type_as(actor):
    return services.declare_type(
        actor=actor, key="x", title={"zh": "证", "en": "Licence"}, type_code=TYPE_CODE, validity_months=1,
        fields=FIELDS, at=AT,
    )  # fmt: skip


def test_the_number_may_come_from_what_it_says(boss):
    make_type(number_from="operator")
    assert make_credential(boss.actor.party_urn).number == "演示餐饮有限公司"


def test_seeded_papers_are_held_once(boss):
    organisation_uuid()

    class Paper:
        valid_to = date(2031, 12, 31)
        type_key, authority, holder_urn = "property-certificate", "natural-resources", boss.actor.party_urn
        data = {"certificate_number": "川（2024）演示不动产权第1号", "owner": "演示餐饮有限公司", "area": "320 平方米"}

    (issued,) = services.seed_demo([Paper()], at=AT)
    assert services.seed_demo([Paper()], at=LATER) == []
    assert issued.valid_to == date(2031, 12, 31)
    assert issued.number == Paper.data["certificate_number"]
    assert {t.key for t in CredentialType.objects.all()} == {"business-licence", "property-certificate", "lease"}
