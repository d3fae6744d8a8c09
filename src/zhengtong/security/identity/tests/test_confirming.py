"""From stated to proved: at a window, against the document, once."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.identifiers import synthetic_id_number
from zhengtong.security.audit import queries as audit
from zhengtong.security.permissions.services import Denied

from .. import queries, services
from ..models import Account, Person
from . import factories as make

AT = datetime(2026, 3, 2, tzinfo=UTC)
NUMBER = synthetic_id_number(5, born=date(1990, 1, 2))


@pytest.fixture(autouse=True)
def _demo(settings, db):
    settings.ZT_DEMO = True


def stated(username: str, name: str = "甲", number: str = NUMBER) -> Person:
    account = Account.objects.create(username=username, password="!")
    return services.register_resident(account=account, name=name, id_number=number, at=AT)


def confirm(username: str, name: str = "甲", number: str = NUMBER, clerk=None) -> Person:
    clerk = clerk or make.make_official("window_clerk").actor
    return services.confirm_identity(actor=clerk, username=username, name=name, id_number=number, at=AT)


def level_of(username: str) -> int:
    return queries.actor_for_account(Account.objects.get(username=username), "resident", at=AT).assurance


def test_a_clerk_who_saw_the_document_raises_the_account_on_record() -> None:
    person = stated("jia")
    assert level_of("jia") == 1
    clerk = make.make_official("window_clerk").actor
    confirm("jia", number=NUMBER.lower(), clerk=clerk)
    assert level_of("jia") == 2
    (entry, *_) = audit.list_for_object(person.urn)
    assert (entry.action, entry.actor_urn, entry.detail["level"]) == ("identity.person.confirmed", clerk.urn, 2)
    with pytest.raises(Conflict):
        confirm("jia")


def test_a_stated_number_reserves_nothing_and_falls_to_who_proves_it() -> None:
    stated("thief", "甲")
    stated("owner", "甲")
    confirm("owner")
    assert queries.find_person(NUMBER).account.username == "owner"
    assert Person.objects.get(account__username="thief").id_number is None
    with pytest.raises(Conflict):
        stated("third")
    with pytest.raises(Invalid):
        confirm("thief")


@pytest.mark.parametrize(
    ("username", "name", "number"),
    [
        ("nobody", "甲", NUMBER),
        ("jia", "乙", NUMBER),
        ("jia", "甲", synthetic_id_number(6, born=date(1990, 1, 2))),
        ("jia", "甲", ""),
    ],
)
def test_nothing_is_confirmed_unless_account_and_document_agree(username, name, number) -> None:
    stated("jia")
    with pytest.raises(Invalid, match="不一致"):
        confirm(username, name, number)
    assert level_of("jia") == 1


def test_somebody_entered_at_the_window_before_gets_the_account() -> None:
    entered = services.create_person(
        actor=make.SYSTEM, name="甲", id_number=NUMBER, assurance_level=Person.Assurance.SEEN, at=AT
    )
    account = Account.objects.create(username="late", password="!")
    Person.objects.create(account=account, name="甲", id_number=entered.id_number,
                          id_number_index=entered.id_number_index)  # fmt: skip
    assert confirm("late") == entered
    assert queries.person_urn_of(account) == entered.urn


def test_only_a_window_clerk_and_nobody_himself() -> None:
    stated("jia")
    for role in ("reviewer", "administrator"):
        with pytest.raises(Denied):
            confirm("jia", clerk=make.make_official(role).actor)
    clerk = make.make_official("window_clerk")
    services.create_person(actor=make.SYSTEM, account=clerk.account, name="赵", at=AT)
    with pytest.raises(Denied):
        confirm(clerk.account.username, "赵", NUMBER, clerk=clerk.actor)


def test_a_power_of_agency_goes_to_the_proved_only() -> None:
    boss = make.make_representative()
    stated("agent")
    given = {"actor": boss.actor, "agent_name": "甲", "agent_id_number": NUMBER, "scope": ["*"],
             "valid_to": datetime(2027, 1, 1, tzinfo=UTC), "at": AT}  # fmt: skip
    with pytest.raises(NotFound):
        services.grant_agency(**given)
    confirm("agent")
    assert services.grant_agency(**given).person.account.username == "agent"


def test_the_page_wants_a_look_at_the_document_and_keeps_what_was_typed() -> None:
    stated("jia")
    client = Client()
    make.sign_in(client, make.make_official("window_clerk").account)
    data = {"username": "jia", "name": "甲", "id_number": NUMBER, "idempotency_key": "k" * 30}
    unseen = client.post("/workbench/identity/", data)
    assert unseen.status_code == 422
    assert NUMBER in unseen.content.decode()
    assert level_of("jia") == 1
    done = client.post("/workbench/identity/", {**data, "seen": "yes", "idempotency_key": "l" * 30})
    assert done.status_code == 302
    assert level_of("jia") == 2
    wrong = client.post("/workbench/identity/", {**data, "seen": "yes", "idempotency_key": "m" * 30})
    assert "已经核验过" in wrong.content.decode()
