"""Acting for a child or a parent: confirmed at a window or granted by oneself, until an end, on record."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from zhengtong.kernel.actors import Capacity
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.events.services import deliver_now
from zhengtong.kernel.identifiers import synthetic_id_number
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit.models import Entry
from zhengtong.security.permissions.services import Denied

from .. import providers, queries, rules, services
from ..models import Account, Person, Representation
from . import factories as make

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
YEAR = AT + timedelta(days=365)
CHILD_BORN = date(2015, 6, 1)
CHILD = services.Named("王小宝", synthetic_id_number(31, born=CHILD_BORN))
ELDER = services.Named("王老伯", synthetic_id_number(32, born=date(1950, 5, 5)))


@pytest.fixture(autouse=True)
def _demo(settings, db, monkeypatch):
    titles = {"senior-card": {"zh": "老年证", "en": "Senior card"}}
    monkeypatch.setattr(providers.SERVICE_TITLES, "_items", {"tests": lambda _audience: titles})
    settings.ZT_DEMO = True


@pytest.fixture
def mother() -> make.Someone:
    return make.make_resident("王芳")


@pytest.fixture
def clerk() -> make.Someone:
    return make.make_official("window_clerk")


def confirm(clerk, hand, principal=CHILD, kind="guardian", basis="household_booklet", **other):
    named = services.Named(hand.person.name, str(hand.person.id_number))
    told = {"scope": ["*"], "valid_to": None, "at": AT, **other}
    return services.confirm_care(actor=clerk.actor, kind=kind, agent=named, principal=principal, basis=basis, **told)


def open_account(username: str, named: services.Named) -> Account:
    """By the page of registration, as people do it."""
    data = {"username": username, "name": named.name, "id_number": named.id_number, "password1": "Quite-another-1",
            "password2": "Quite-another-1"}  # fmt: skip
    assert Client().post("/accounts/signup/", data).status_code == 302
    return Account.objects.get(username=username)


def fields(fault) -> list[str]:
    return [f.path for f in fault.value.fields]


def test_a_mother_acts_for_her_child_until_the_eighteenth_birthday(clerk, mother) -> None:
    agency = confirm(clerk, mother)
    child = Person.objects.get(name="王小宝")
    assert (child.assurance_level, child.account) == (2, None)
    [_own, option] = queries.list_capacities(mother.account, AT)
    assert (option.capacity, option.label["zh"], option.party_urn) == (Capacity.AGENT, "监护人代办", child.urn)
    assert option.party_name == f"王**（{CHILD.id_number[-4:]}）"
    actor = queries.actor_for_account(mother.account, option.key, at=AT)
    assert (actor.urn, actor.party_urn, actor.party_name) == (mother.account.urn, child.urn, "王**")
    assert actor.assurance == 2, "how surely the mother is known"
    eighteen = datetime(2033, 5, 31, 16, tzinfo=UTC)  # midnight in China
    assert agency.valid_to == eighteen
    last = queries.actor_for_account(mother.account, option.key, at=eighteen - timedelta(seconds=1))
    assert last.party_urn == child.urn
    ended = queries.actor_for_account(mother.account, option.key, at=eighteen)
    assert ended.party_urn == mother.person.urn, "then she is herself again"
    entry = Entry.objects.get(action="identity.agency.confirmed")
    assert (entry.actor_urn, entry.detail["for"], entry.detail["basis"]) == (
        clerk.actor.urn, child.urn, "household_booklet",
    )  # fmt: skip
    assert CHILD.id_number not in str(entry.detail)


def test_what_is_read_for_the_child_is_on_record_and_the_child_sees_it_later(clerk, mother) -> None:
    agency = confirm(clerk, mother)
    child = Person.objects.get(name="王小宝")
    actor = queries.actor_for_account(mother.account, str(agency.uuid), at=AT)
    assert queries.reveal_person(child.urn, actor=actor, purpose="", at=AT).id_number == CHILD.id_number
    [read] = audit.list_reads_of(child.urn)
    assert (read.actor_urn, read.on_behalf_urn, read.capacity) == (mother.account.urn, child.urn, "agent")
    assert read.purpose
    queries.reveal_person(mother.person.urn, actor=mother.actor, purpose="", at=AT)
    assert not audit.list_reads_of(mother.person.urn), "reading one's own is no read by another"
    with pytest.raises(Denied):
        queries.reveal_person(mother.person.urn, actor=actor, purpose="x", at=AT)
    account = open_account("xiaobao", CHILD)
    stated = queries.actor_for_account(account, "resident", at=AT)
    assert (stated.party_urn != child.urn, stated.assurance) == (True, 1), "stating the number gives nothing"
    assert not queries.list_agencies_granted(stated.party_urn, AT)
    services.confirm_identity(actor=clerk.actor, username="xiaobao", name=CHILD.name, id_number=CHILD.id_number, at=AT)
    assert queries.person_urn_of(account) == child.urn, "one person, and what was done for it is there"
    assert [a.person for a in queries.list_agencies_granted(child.urn, AT)] == [mother.person]
    grown = queries.actor_for_account(account, "resident", at=AT)
    with pytest.raises(Denied):
        services.revoke_agency(actor=grown, representation_uuid=agency.uuid, at=AT)


def test_a_parent_lets_a_son_act_by_the_own_account_within_a_scope(settings) -> None:
    parent, son = make.make_resident("王老伯"), make.make_resident("王大")
    told = {"agent_name": "王大", "agent_id_number": str(son.person.id_number), "scope": ["senior-card"],
            "valid_to": YEAR, "at": AT}  # fmt: skip
    agency = services.grant_agency(actor=parent.actor, **told)
    actor = queries.actor_for_account(son.account, str(agency.uuid), at=AT)
    assert (actor.party_urn, actor.limited_to) == (parent.person.urn, {"senior-card"})
    with pytest.raises(Conflict):
        services.grant_agency(actor=parent.actor, **told)
    with pytest.raises(Invalid):
        services.grant_agency(actor=son.actor, **told)
    with pytest.raises(Denied):
        services.grant_agency(actor=actor, **told)  # an agent hands nothing on
    Person.objects.filter(pk=parent.person.pk).update(assurance_level=1)
    stated = queries.actor_for_account(parent.account, "resident", at=AT)
    with pytest.raises(Denied):
        services.grant_agency(actor=stated, **told)
    services.revoke_agency(actor=parent.actor, representation_uuid=agency.uuid, at=AT)
    assert queries.actor_for_account(son.account, str(agency.uuid), at=AT).party_urn == son.person.urn
    assert settings.ZT_DEMO


def test_a_minor_or_whoever_has_a_guardian_empowers_nobody_and_no_minor_is_an_agent(clerk, mother) -> None:
    child, elder = make.make_resident(CHILD.name), make.make_resident(ELDER.name)
    for someone, named in ((child, CHILD), (elder, ELDER)):
        someone.person.set_id_number(named.id_number)
        someone.person.save()

    def grant(by, to, at=AT):
        told = {"agent_name": to.person.name, "agent_id_number": str(to.person.id_number), "scope": ["*"]}
        return services.grant_agency(actor=by.actor, **told, valid_to=at + timedelta(days=9), at=at)

    for by, to in ((child, mother), (elder, mother)):
        if by is elder:
            ruling = confirm(clerk, mother, ELDER, "guardian", "court_ruling", valid_to=YEAR)
        with pytest.raises(Conflict, match="不能自行授权"):
            grant(by, to)
    with pytest.raises(Invalid) as fault:
        grant(mother, child)
    assert fields(fault) == ["agent_id_number"]
    services.end_care(actor=clerk.actor, representation_uuid=ruling.uuid, reason="判决撤销", at=AT)
    assert grant(elder, mother).principal == elder.person, "with no guardian any more he may"
    of_age = datetime(2033, 5, 31, 16, tzinfo=UTC)
    assert grant(child, mother, of_age).principal == child.person


def test_an_elders_written_power_is_confirmed_at_the_window(clerk, mother) -> None:
    agency = confirm(clerk, mother, ELDER, "agent", "power_of_attorney", valid_to=YEAR, scope=["senior-card"])
    assert (agency.kind, agency.valid_to, agency.scope) == ("agent", YEAR, ["senior-card"])
    label = queries.list_capacities(mother.account, AT)[1].label
    assert label["zh"] == "受托代办"
    services.revoke_agency(actor=mother.actor, representation_uuid=agency.uuid, at=AT)
    assert len(queries.list_capacities(mother.account, AT)) == 1


@pytest.mark.parametrize(
    ("principal", "kind", "basis", "other", "field"),
    [
        (CHILD, "guardian", "power_of_attorney", {}, "basis"),
        (CHILD, "guardian", "", {}, "basis"),
        (CHILD, "agent", "power_of_attorney", {"valid_to": YEAR}, "kind"),
        (CHILD, "owner", "household_booklet", {}, "kind"),
        (ELDER, "guardian", "household_booklet", {"valid_to": YEAR}, "basis"),
        (ELDER, "guardian", "court_ruling", {}, "valid_to"),
        (ELDER, "agent", "household_booklet", {"valid_to": YEAR}, "basis"),
        (ELDER, "agent", "power_of_attorney", {"valid_to": AT}, "valid_to"),
        (ELDER, "agent", "power_of_attorney", {"valid_to": AT + timedelta(days=4 * 366)}, "valid_to"),
        (ELDER, "agent", "power_of_attorney", {"valid_to": YEAR, "scope": []}, "scope"),
        (services.Named("", CHILD.id_number), "guardian", "household_booklet", {}, "principal_name"),
        (services.Named("王小宝", ""), "guardian", "household_booklet", {}, "principal_id_number"),
        (services.Named("王小宝", "11010119900101"), "guardian", "household_booklet", {}, "principal_id_number"),
    ],
)
def test_what_the_law_or_the_document_does_not_allow(clerk, mother, principal, kind, basis, other, field) -> None:
    with pytest.raises(Invalid) as fault:
        confirm(clerk, mother, principal, kind, basis, **other)
    assert fields(fault) == [field]
    assert not Representation.objects.exists()


def test_hands_that_may_not(clerk, mother) -> None:
    with pytest.raises(Invalid) as fault:
        confirm(clerk, mother, services.Named(mother.person.name, str(mother.person.id_number)), "agent",
                "power_of_attorney", valid_to=YEAR)  # fmt: skip
    assert fields(fault) == ["principal_id_number"]
    brother = make.make_resident("王小兵")
    brother.person.set_id_number(synthetic_id_number(33, born=date(2010, 1, 1)))
    brother.person.save()
    with pytest.raises(Invalid) as fault:
        confirm(clerk, brother)
    assert fields(fault) == ["agent_id_number"], "a minor is nobody's guardian"
    Person.objects.filter(pk=mother.person.pk).update(assurance_level=1)
    with pytest.raises(NotFound):
        confirm(clerk, mother)
    for role in ("reviewer", "administrator", "decider"):
        with pytest.raises(Denied):
            confirm(make.make_official(role), mother)


def test_a_clerk_confirms_nothing_about_herself(clerk) -> None:
    herself = services.create_person(
        actor=make.SYSTEM, account=clerk.account, name="赵", assurance_level=2, at=AT,
        id_number=synthetic_id_number(34, born=date(1980, 1, 1)),
    )  # fmt: skip
    someone = make.Someone(clerk.actor, clerk.account, herself)
    with pytest.raises(Denied):
        confirm(clerk, someone)
    other = make.make_resident("钱")
    with pytest.raises(Denied):
        confirm(clerk, other, services.Named("赵", str(herself.id_number)), "agent", "power_of_attorney", valid_to=YEAR)


def test_a_known_child_keeps_its_name_and_one_relation_stands_once(clerk, mother) -> None:
    confirm(clerk, mother)
    with pytest.raises(Conflict):
        confirm(clerk, mother)
    with pytest.raises(Invalid) as fault:
        confirm(clerk, make.make_resident("父"), services.Named("别的名字", CHILD.id_number))
    assert fields(fault) == ["principal_id_number"]
    confirm(clerk, make.make_resident("父"))
    assert Person.objects.filter(name="王小宝").count() == 1, "both parents, one child"


def test_it_is_ended_at_a_window_with_a_reason(clerk, mother) -> None:
    agency = confirm(clerk, mother)
    with pytest.raises(Invalid):
        services.end_care(actor=clerk.actor, representation_uuid=agency.uuid, reason=" ", at=AT)
    with pytest.raises(Denied):
        services.end_care(actor=mother.actor, representation_uuid=agency.uuid, reason="x", at=AT)
    company = make.make_agent(make.make_representative()).person.representations.get()
    with pytest.raises(NotFound):
        services.end_care(actor=clerk.actor, representation_uuid=company.uuid, reason="x", at=AT)
    services.end_care(actor=clerk.actor, representation_uuid=agency.uuid, reason="监护人变更，见判决书", at=AT)
    assert len(queries.list_capacities(mother.account, AT)) == 1
    with pytest.raises(Conflict):
        services.end_care(actor=clerk.actor, representation_uuid=agency.uuid, reason="x", at=AT)


@pytest.mark.parametrize(
    ("born", "on", "adult"),
    [
        (date(2008, 3, 2), date(2026, 3, 1), False),
        (date(2008, 3, 2), date(2026, 3, 2), True),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
    ],
)
def test_of_age_from_the_birthday_on(born, on, adult) -> None:
    assert rules.is_adult(born, on) is adult


def test_the_database_holds_it_too(clerk, mother) -> None:
    agency = confirm(clerk, mother)
    wrong = [{"principal": None}, {"principal": mother.person}, {"basis": ""}, {"valid_to": None}, {"kind": "clerk"}]
    for change in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Representation.objects.filter(pk=agency.pk).update(**change)


def test_the_pages(clerk, mother, django_assert_max_num_queries) -> None:
    window, home = Client(), Client()
    make.sign_in(window, clerk.account, "official")
    make.sign_in(home, mother)
    key = iter(f"care-{next(make._serial)}-{n}" for n in range(20))
    data = {
        "kind": "guardian", "agent_name": "王芳", "agent_id_number": mother.person.id_number, "whole": "all",
        "principal_name": CHILD.name, "principal_id_number": CHILD.id_number, "basis": "household_booklet",
    }  # fmt: skip
    unseen = window.post("/workbench/identity/care/", {**data, "idempotency_key": next(key)})
    assert unseen.status_code == 422
    assert CHILD.id_number in unseen.content.decode(), "what was typed stays"
    done = window.post("/workbench/identity/care/", {**data, "seen": "yes", "idempotency_key": next(key)})
    assert done.status_code == 302
    agency = Representation.objects.get()
    page = home.get("/identity/capacity/").content.decode()
    assert "监护人代办" in page
    assert CHILD.name not in page
    switched = home.post("/identity/capacity/", {"key": str(agency.uuid), "idempotency_key": next(key)})
    assert switched["Location"] == "/hall/"
    assert Entry.objects.get(action="identity.capacity.switched").on_behalf_urn == agency.principal.urn
    for address in ("/hall/agencies/", "/identity/capacity/", "/identity/security/"):
        with django_assert_max_num_queries(12):
            assert home.get(address).status_code == 200
    found = window.post(
        "/workbench/identity/care/", {"do": "find", "number": CHILD.id_number, "idempotency_key": next(key)}
    ).content.decode()
    assert "王*" in found
    end = f"/workbench/identity/care/{agency.uuid}/end/"
    assert window.post(end, {"reason": "户口迁出", "idempotency_key": next(key)}).status_code == 302
    assert "监护人代办" not in home.get("/identity/capacity/").content.decode()
    deliver_now()
    from zhengtong.support.notifications.models import Message

    told = Message.objects.get(recipient_urn=agency.principal.urn, kind="identity.agency")
    assert "请到窗口提出" in told.body["zh"]
    assert "撤销" not in told.body["zh"], "a ward cannot revoke it"
    power = confirm(clerk, mother, ELDER, "agent", "power_of_attorney", at=now(), valid_to=now() + timedelta(days=9))
    deliver_now()
    assert "请立即撤销" in Message.objects.get(recipient_urn=power.principal.urn).body["zh"]
    assert now()
