"""Level 3: two officials and a document, or the provider above; until an end; taken back with a reason."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.identifiers import synthetic_id_number
from zhengtong.security.audit import queries as audit
from zhengtong.security.permissions.services import Denied

from .. import queries, rules, services, verifications
from ..models import Account, Person, Verification
from ..rules import DocumentFault
from . import factories as make

AT = datetime(2026, 3, 2, 2, tzinfo=UTC)
CARD = services.Document("resident_card", date(2040, 5, 6))
ABOVE = "https://above.example"


@pytest.fixture(autouse=True)
def _demo(settings, db):
    settings.ZT_DEMO = True


@pytest.fixture
def clerk():
    return make.make_official("window_clerk").actor


@pytest.fixture
def second():
    return make.make_official("decider", "housing").actor


def ask(clerk, who: make.Someone, document=CARD, at=AT, **more) -> Verification:
    values = {"username": who.account.username, "name": who.person.name, "id_number": str(who.person.id_number)}
    return services.request_verification(actor=clerk, document=document, at=at, **{**values, **more})


def confirm(second, row: Verification, at=AT, **more) -> Verification:
    return services.decide_verification(actor=second, verification_uuid=row.uuid, confirm=True, at=at, **more)


def level_of(who: make.Someone, at=AT) -> int:
    return queries.actor_for_account(who.account, "resident", at=at).assurance


def test_two_officials_raise_a_person_until_the_document_ends(clerk, second) -> None:
    who = make.make_resident()
    row = ask(clerk, who, services.Document("resident_card", date(2027, 1, 31)))
    assert level_of(who) == 2
    confirm(second, row)
    end = datetime(2027, 1, 31, 16, tzinfo=UTC)  # midnight in Shanghai, after the card's last day
    assert level_of(who) == 3
    assert level_of(who, end - timedelta(seconds=1)) == 3
    assert level_of(who, end) == 2
    entries = {entry.action: entry for entry in audit.list_for_object(row.urn)}
    assert entries["identity.verification.requested"].actor_urn == clerk.urn
    assert entries["identity.verification.confirmed"].actor_urn == second.urn
    assert entries["identity.verification.confirmed"].detail["until"] == "2027-02-01T00:00:00+08:00"
    assert str(who.person.id_number) not in str([entry.detail for entry in entries.values()])
    told = verifications.find_standing(who.account, end)
    assert (told.level, told.has_run_out) == (2, True)


def test_a_document_for_life_lasts_three_years_here(clerk, second) -> None:
    who = make.make_resident()
    number = synthetic_id_number(9, born=date(1970, 1, 2))
    who.person.set_id_number(number)
    who.person.save()
    row = confirm(second, ask(clerk, who, services.Document("resident_card", None), id_number=number))
    assert row.valid_to == AT + rules.LEVEL_3_LASTS


def test_whoever_looked_first_does_not_confirm_nor_the_person_himself(clerk, second) -> None:
    who = make.make_resident()
    row = ask(clerk, who)
    with pytest.raises(Denied):
        confirm(clerk, row)
    official = make.make_official("window_clerk")
    Person.objects.filter(pk=who.person.pk).update(account=official.account)
    Verification.objects.filter(pk=row.pk).update(holder_urn=official.account.urn)
    with pytest.raises(Denied):
        confirm(official.actor, row)
    with pytest.raises(Denied):
        ask(official.actor, make.Someone(official.actor, official.account, who.person))
    with pytest.raises(IntegrityError), transaction.atomic():
        Verification.objects.filter(pk=row.pk).update(decided_by_urn=row.requested_by_urn)
    assert queries.actor_for_account(official.account, "resident", at=AT).assurance == 2


def test_who_was_only_stated_is_seen_by_the_same_comparison(clerk, second) -> None:
    account = Account.objects.create(username="jia", password="!")
    number = synthetic_id_number(5, born=date(1990, 1, 2))
    person = services.register_resident(account=account, name="甲", id_number=number, at=AT)
    who = make.Someone(queries.actor_for_account(account, at=AT), account, person)
    row = ask(clerk, who)
    assert level_of(who) == 2
    confirm(second, row)
    assert level_of(who) == 3


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (services.Document("", date(2030, 1, 1)), "document"),
        (services.Document("passport", date(2030, 1, 1)), "document"),
        (services.Document("resident_card", date(2026, 3, 1)), "document_valid_to"),
        (services.Document("resident_card", date(2046, 3, 3)), "document_valid_to"),
        (services.Document("temporary_card", date(2026, 7, 1)), "document_valid_to"),
        (services.Document("temporary_card", None), "document_valid_to"),
    ],
)
def test_a_document_that_proves_nothing_is_refused_at_its_field(clerk, document, field) -> None:
    who = make.make_resident()
    with pytest.raises(Invalid) as caught:
        ask(clerk, who, document)
    assert [fault.path for fault in caught.value.fields] == [field]
    assert not Verification.objects.exists()


def test_only_who_is_46_has_a_card_for_life() -> None:
    born, on = date(1980, 3, 3), date(2026, 3, 2)
    assert rules.check_document("resident_card", None, born, on) is DocumentFault.NO_END
    assert rules.check_document("resident_card", None, born, on + timedelta(days=1)) is None


def test_a_slip_in_the_user_name_verifies_nobody(clerk) -> None:
    who, other = make.make_resident("甲"), make.make_resident("乙")
    for wrong in ({"username": other.account.username}, {"name": "乙"}, {"id_number": str(other.person.id_number)}):
        with pytest.raises(Invalid):
            ask(clerk, who, **wrong)


def test_one_at_a_time_and_within_two_hours(clerk, second) -> None:
    who = make.make_resident()
    row = ask(clerk, who)
    with pytest.raises(Conflict, match="正在办理"):
        ask(clerk, who)
    late = AT + rules.VERIFICATION_LASTS
    with pytest.raises(Conflict, match="两小时"):
        confirm(second, row, at=late)
    confirm(second, ask(clerk, who, at=late), at=late)
    with pytest.raises(Conflict, match="办完"):
        confirm(second, Verification.objects.latest("id"), at=late)
    with pytest.raises(NotFound):
        services.decide_verification(actor=second, verification_uuid=uuid.uuid4(), confirm=True, at=AT)


def test_a_refusal_needs_a_reason_and_changes_nothing(clerk, second) -> None:
    who = make.make_resident()
    row = ask(clerk, who)
    with pytest.raises(Invalid):
        services.decide_verification(actor=second, verification_uuid=row.uuid, confirm=False, at=AT)
    services.decide_verification(actor=second, verification_uuid=row.uuid, confirm=False, reason="与照片不符", at=AT)
    assert level_of(who) == 2
    row = ask(clerk, who)
    services.withdraw_verification(actor=clerk, verification_uuid=row.uuid, at=AT)
    assert level_of(who) == 2


def test_a_level_is_taken_back_with_a_reason(clerk, second) -> None:
    who = make.make_resident()
    confirm(second, ask(clerk, who))
    lower = {"actor": second, "username": who.account.username, "name": who.person.name, "at": AT}
    for wrong in ({"level": 3}, {"name": "别人"}, {"reason": " "}, {"username": "nobody"}):
        with pytest.raises(Invalid):
            services.take_back_level(**{**lower, "level": 2, "reason": "证件系伪造", **wrong})
    with pytest.raises(Denied):
        services.take_back_level(**{**lower, "actor": clerk, "level": 2, "reason": "证件系伪造"})
    services.take_back_level(**lower, level=2, reason="证件系伪造")
    assert level_of(who) == 2
    with pytest.raises(Conflict):
        services.take_back_level(**lower, level=2, reason="证件系伪造")
    services.take_back_level(**lower, level=1, reason="证件系伪造")
    assert level_of(who) == 1
    lowered = [e for e in audit.list_for_object(who.person.urn) if e.action == "identity.person.lowered"]
    assert [(e.detail["from"], e.detail["to"], e.detail["reason"]) for e in lowered] == [
        (2, 1, "证件系伪造"), (3, 2, "证件系伪造"),
    ]  # fmt: skip


def test_a_level_that_was_lowered_meanwhile_is_not_raised_by_a_waiting_request(clerk, second) -> None:
    who = make.make_resident()
    row = ask(clerk, who)
    head = make.make_official("decider").actor
    services.take_back_level(
        actor=head, username=who.account.username, name=who.person.name, level=1, reason="证件已挂失", at=AT
    )
    with pytest.raises(Conflict):
        confirm(second, row)
    assert level_of(who) == 1


def _vouched(who: make.Someone, level: int, at=AT, number: str = "", issuer: str = ABOVE) -> int:
    services.note_vouched(actor=make.SYSTEM, account=who.account, id_number=number, level=level, issuer=issuer, at=at)
    return level_of(who, at)


def test_the_provider_above_gives_renews_and_ends_its_own_level_alone(clerk, second) -> None:
    who = make.make_resident()
    assert _vouched(who, 2) == 2
    assert _vouched(who, 3, number=synthetic_id_number(1, born=date(1991, 1, 1))) == 2
    assert _vouched(who, 3, number=str(who.person.id_number)) == 3
    assert _vouched(who, 3, AT + timedelta(hours=1)) == 3
    assert who.person.verifications.count() == 1
    later = AT + timedelta(days=2)
    assert _vouched(who, 3, later) == 3
    assert who.person.verifications.standing().get().valid_to == later + rules.LEVEL_3_LASTS
    assert _vouched(who, 2, later, issuer="https://another.example") == 3
    assert _vouched(who, 2, later) == 2
    confirm(second, ask(clerk, who, at=later), at=later)
    assert _vouched(who, 2, later) == 3


def test_what_an_official_took_back_the_provider_does_not_give_again(second, clerk) -> None:
    who = make.make_resident()
    assert _vouched(who, 3) == 3
    services.take_back_level(
        actor=second, username=who.account.username, name=who.person.name, level=2, reason="冒用他人账号", at=AT
    )
    assert _vouched(who, 3, AT + timedelta(days=3)) == 2
    confirm(second, ask(clerk, who))
    assert level_of(who) == 3


def test_the_page_of_two_clerks(clerk) -> None:
    who, first, other = make.make_resident(), make.make_official("window_clerk"), make.make_official("window_clerk")
    clients = [Client(), Client()]
    for client, official in zip(clients, (first, other), strict=True):
        make.sign_in(client, official, "official")
    page = "/workbench/identity/verification/"
    form = {
        "username": who.account.username, "name": who.person.name, "id_number": str(who.person.id_number),
        "document": "resident_card", "document_valid_to": "2040-01-01", "idempotency_key": "verify-0001",
    }  # fmt: skip
    answer = clients[0].post(page, form)
    assert answer.status_code == 422
    assert "e-seen" in answer.content.decode()
    assert clients[0].post(page, {**form, "document_valid_to": "soon", "seen": "yes"}).status_code == 422
    assert clients[0].post(page, {**form, "seen": "yes", "idempotency_key": "verify-0002"}).status_code == 302
    row = Verification.objects.get()
    mine, theirs = (client.get(page).content.decode() for client in clients)
    assert "您自己不能确认" in mine
    assert "确认，升为三级" in theirs
    assert str(who.person.id_number) not in mine + theirs
    decide = f"{page}{row.uuid}/decide/"
    assert (
        clients[0].post(decide, {"decision": "confirm", "seen": "yes", "idempotency_key": "d1234567"}).status_code
        == 403
    )
    assert clients[1].post(decide, {"decision": "confirm", "idempotency_key": "d1234568"}).status_code == 422
    assert (
        clients[1].post(decide, {"decision": "confirm", "seen": "yes", "idempotency_key": "d1234569"}).status_code
        == 302
    )
    resident = Client()
    make.sign_in(resident, who.account)
    assert "三级：两人比对本人与证件" in resident.get("/identity/security/").content.decode()
    resident.cookies["django_language"] = "en"
    assert "Level 3" in resident.get("/identity/security/").content.decode()
