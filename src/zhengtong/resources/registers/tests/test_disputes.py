"""A value is doubted, marked and asked of its authority; a correction ends it, and the disputer is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.tests.factories import AT, make_legal_entity, make_person, make_premises
from zhengtong.security.audit import queries as audit
from zhengtong.security.identity.tests.factories import make_official, make_representative, make_resident
from zhengtong.security.permissions.services import Denied
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.notifications import queries as notifications

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=3)


@pytest.fixture
def somebody():
    resident = make_resident()
    return resident, make_person(id_number=resident.person.id_number, birth_date="1990-01-01", name="王演示")


def dispute_own(someone, record, field="name", stated="王演士", reason="身份证上是演士"):
    return services.dispute_own(
        actor=someone.actor, register=record.definition.key, record_uuid=record.uuid, field=field, stated=stated,
        reason=reason, at=AT,
    )  # fmt: skip


def decider(authority="public-security"):
    return make_official("decider", authority).actor


def now(record):
    return queries.get_record(record.definition.key, record.uuid)


def test_a_dispute_goes_round_and_a_correction_ends_it(somebody) -> None:
    resident, person = somebody
    dispute = dispute_own(resident, person)
    assert now(person).row.disputed == ("name",)
    assert [item.is_disputed for item in queries.describe(now(person)) if item.name == "name"] == [True]
    (clock,) = deadlines.clocks_of(dispute.urn, at=AT)
    assert clock.due_date == deadlines.add_working_days(china_date(AT), 10)
    police = decider()
    assert [one.uuid for one in queries.list_disputes(police)] == [dispute.uuid]
    assert queries.list_disputes(decider("civil-affairs")) == []
    opened = services.reveal_dispute(actor=police, dispute_uuid=dispute.uuid, at=LATER)
    assert (opened.held, opened.stated) == ("王演示", "王演士")
    services.uphold_dispute(
        actor=police, dispute_uuid=dispute.uuid, value="王演士", reason="经核对常住人口登记表，属实。",
        document="更正审批表 12", at=LATER,
    )  # fmt: skip
    assert (now(person)["name"], now(person).row.disputed) == ("王演士", ())
    assert queries.history_of(person.uuid)[0].kind == "corrected"
    assert deadlines.clocks_of(dispute.urn, at=LATER)[0].is_open is False
    (message,) = [m for m in notifications.list_messages(resident.actor.party_urn) if m.kind == "registers.dispute"]
    assert "属实，已更正" in message.body["zh"]
    assert "王演士" not in str(message.body)
    actions = [entry.action for entry in audit.list_for_object(dispute.urn)]
    assert actions == ["registers.dispute.upheld", "registers.dispute.raised"]
    with pytest.raises(Conflict):
        services.reject_dispute(actor=police, dispute_uuid=dispute.uuid, reason="无误", at=LATER)


def test_a_rejected_dispute_leaves_the_value_and_takes_the_mark_away(somebody) -> None:
    resident, person = somebody
    dispute = dispute_own(resident, person)
    with pytest.raises(Invalid):
        services.reject_dispute(actor=decider(), dispute_uuid=dispute.uuid, reason=" ", at=LATER)
    services.reject_dispute(actor=decider(), dispute_uuid=dispute.uuid, reason="与登记表一致。", at=LATER)
    assert (now(person)["name"], now(person).row.disputed) == ("王演示", ())
    (told,) = queries.list_disputes_of_party(resident.actor.party_urn)
    assert (told.status, told.answer) == ("rejected", "与登记表一致。")


def test_an_upheld_value_that_was_corrected_meanwhile_is_not_written_again(somebody) -> None:
    resident, person = somebody
    dispute, police = dispute_own(resident, person), decider()
    services.correct_record(
        actor=police,
        register="population",
        uuid=person.uuid,
        changes={"name": "王演士"},
        reason="x",
        document="y",
        at=LATER,
    )
    services.uphold_dispute(
        actor=police, dispute_uuid=dispute.uuid, value="王演士", reason="已更正。", document="", at=LATER
    )
    assert [act.kind for act in queries.history_of(person.uuid)] == ["corrected", "entered"]
    assert now(person).row.disputed == ()


def test_only_the_authority_of_the_field_answers(somebody) -> None:
    resident, person = somebody
    dispute = dispute_own(resident, person)
    for stranger in (decider("civil-affairs"), make_official("reviewer", "public-security").actor, resident.actor):
        for answer in (
            lambda who: services.reject_dispute(actor=who, dispute_uuid=dispute.uuid, reason="x", at=LATER),
            lambda who: services.reveal_dispute(actor=who, dispute_uuid=dispute.uuid, at=LATER),
        ):
            with pytest.raises(Denied):
                answer(stranger)
    assert now(person).row.disputed == ("name",)


def test_an_uphold_that_cannot_be_written_leaves_all_as_it_was(somebody) -> None:
    resident, person = somebody
    dispute = dispute_own(resident, person, field="birth_date", stated="1991-02-03")
    ask = {"actor": decider(), "dispute_uuid": dispute.uuid, "reason": "属实", "at": LATER}
    for value, document, path in (("someday", "证明", "value"), ("1991-02-03", " ", "document")):
        with pytest.raises(Invalid) as caught:
            services.uphold_dispute(value=value, document=document, **ask)
        assert caught.value.fields[0].path == path
    assert now(person).row.disputed == ("birth_date",)


def test_an_official_of_another_office_disputes_and_sees_the_answer() -> None:
    premises = make_premises()
    fire = make_official("reviewer", "fire-rescue").actor
    ask = {"register": "premises", "record_uuid": premises.uuid, "reason": "现场测量", "at": AT}
    dispute = services.dispute_value(actor=fire, field="area_m2", stated="300.5", **ask)
    with pytest.raises(Conflict):
        services.dispute_value(actor=fire, field="area_m2", stated="301", **ask)
    assert [one.uuid for one in queries.list_disputes(fire, raised=True)] == [dispute.uuid]
    assert queries.list_disputes(fire) == []
    with pytest.raises(Denied):
        services.dispute_value(actor=make_resident().actor, field="use", stated="住宅", **ask)


@pytest.mark.parametrize(
    ("field", "stated", "reason"),
    [("name", "王演示", "x"), ("name", "", "x"), ("name", "王", " "), ("colour", "x", "x"), ("birth_date", "x", "x")],
)
def test_a_dispute_says_what_should_be_and_why(somebody, field: str, stated: str, reason: str) -> None:
    resident, person = somebody
    with pytest.raises(Invalid):
        dispute_own(resident, person, field, stated, reason)
    assert now(person).row.disputed == ()


def test_one_disputes_only_the_own_record(somebody) -> None:
    _resident, person = somebody
    boss = make_representative()
    entity = make_legal_entity(uscc=boss.entity.uscc)
    for stranger in (make_resident("别人"), boss):
        with pytest.raises(NotFound):
            dispute_own(stranger, person)
    assert dispute_own(boss, entity, "address", "演示路2号").party_urn == boss.actor.party_urn


def test_own_records_are_shown_whole_without_the_numbers_of_others() -> None:
    resident = make_resident()
    make_person(id_number=resident.person.id_number, birth_date="1990-01-01", father_id_number="11010519491231002X")
    (record,) = services.records_of(resident.actor, AT)
    shown = {item.name: item.value for item in services.items_of(record)}
    assert shown["id_number"] == resident.person.id_number
    assert "19491231" not in shown["father_id_number"]
    assert audit.list_reads_of(resident.actor.party_urn) == []
