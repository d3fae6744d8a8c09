"""One account, several capacities; powers of agency with scope and end."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from zhengtong.kernel.actors import Capacity
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.texts import Texts
from zhengtong.security.audit.models import Entry
from zhengtong.security.permissions.services import Denied, allows

from .. import providers, queries, rules, services
from ..models import Account
from . import factories as make

AT = datetime(2026, 3, 2, tzinfo=UTC)
YEAR = AT + timedelta(days=365)
TITLES: dict[str, Texts] = {"open-restaurant": {"zh": "开办餐饮店", "en": "Open a restaurant"}}


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(providers.SERVICE_TITLES, "_items", {"tests": lambda _audience: TITLES})


def grant(principal: make.Someone, agent: make.Someone, *, scope=("open-restaurant",), until=YEAR, name: str = ""):
    return services.grant_agency(
        actor=principal.actor,
        agent_name=name or agent.person.name,
        agent_id_number=agent.person.id_number,
        scope=scope,
        valid_to=until,
        at=AT,
    )


@pytest.mark.django_db
def test_a_representative_lets_somebody_act_within_a_scope(known) -> None:
    principal, agent = make.make_representative(), make.make_resident("李演示")
    agency = grant(principal, agent)
    options = queries.list_capacities(agent.account, AT)
    assert [(o.key, o.capacity) for o in options] == [
        ("resident", Capacity.RESIDENT),
        (str(agency.uuid), Capacity.AGENT),
    ]
    actor = queries.actor_for_account(agent.account, str(agency.uuid), at=AT)
    assert (actor.party_urn, actor.agency_scope) == (principal.entity.urn, {"open-restaurant"})
    assert actor.urn == agent.actor.urn, "the hand is the same in every capacity"
    entry = Entry.objects.get(action="identity.agency.granted")
    assert entry.on_behalf_urn == principal.entity.urn
    assert agent.person.id_number not in str(entry.detail)


@pytest.mark.django_db
def test_a_power_ends_by_itself_or_by_either_side(known) -> None:
    principal, agent, stranger = make.make_representative(), make.make_resident("李演示"), make.make_representative()
    agency = grant(principal, agent, until=AT + timedelta(days=1))
    later = queries.actor_for_account(agent.account, str(agency.uuid), at=AT + timedelta(days=1))
    assert later.capacity is Capacity.RESIDENT, "an expired power falls back to oneself"
    second = grant(make.make_representative(), agent)
    with pytest.raises(Denied):
        services.revoke_agency(actor=stranger.actor, representation_uuid=second.uuid, at=AT)
    services.revoke_agency(actor=agent.actor, representation_uuid=second.uuid, at=AT)
    assert queries.list_agencies_held(agent.account, AT) == [agency]
    services.revoke_agency(actor=principal.actor, representation_uuid=agency.uuid, at=AT)
    assert queries.list_agencies_granted(principal.entity.urn, AT) == []
    with pytest.raises(Conflict):
        services.revoke_agency(actor=principal.actor, representation_uuid=agency.uuid, at=AT)
    with pytest.raises(NotFound):
        services.revoke_agency(actor=principal.actor, representation_uuid=uuid.uuid4(), at=AT)


@pytest.mark.django_db
def test_the_legal_representative_is_not_revoked_here() -> None:
    principal = make.make_representative()
    by_law = principal.person.representations.get()
    with pytest.raises(Denied):
        services.revoke_agency(actor=principal.actor, representation_uuid=by_law.uuid, at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"scope": []}, "scope"),
        ({"scope": ["no-such-service"]}, "scope"),
        ({"until": AT}, "valid_to"),
        ({"until": AT + timedelta(days=4 * 365)}, "valid_to"),
    ],
)
def test_a_power_that_cannot_stand_is_refused_at_its_field(known, changes, path) -> None:
    principal, agent = make.make_representative(), make.make_resident("李演示")
    with pytest.raises(Invalid) as caught:
        grant(principal, agent, **changes)
    assert [field.path for field in caught.value.fields] == [path]


@pytest.mark.django_db
def test_only_a_registered_person_of_that_name_and_number_becomes_agent(known) -> None:
    principal, agent = make.make_representative(), make.make_resident("李演示")
    with pytest.raises(NotFound, match="一致"):
        grant(principal, agent, name="别人")
    with pytest.raises(Invalid):
        grant(principal, principal)
    grant(principal, agent)
    with pytest.raises(Conflict):
        grant(principal, agent, scope=["*"])
    assert not allows(make.make_agent(principal).actor, "identity.agency.grant"), "an agent hands on no power"
    assert allows(agent.actor, "identity.agency.grant"), "for himself, his identity being proved"


@pytest.mark.django_db
def test_an_official_begins_at_work_and_may_be_a_resident_too() -> None:
    official = make.make_official()
    assert queries.actor_for_account(official.account, at=AT).capacity is Capacity.OFFICIAL
    make._person("赵演示", official.account)
    assert [o.key for o in queries.list_capacities(official.account, AT)] == ["resident", "official"]
    assert queries.actor_for_account(official.account, "resident", at=AT).party_urn


@pytest.mark.django_db
def test_an_account_with_nobody_behind_it_is_party_to_nothing() -> None:
    account = Account.objects.create(username="left", password="!")
    actor = queries.actor_for_account(account, "official", at=AT)
    assert (actor.capacity, actor.party_urn, actor.posts) == (Capacity.RESIDENT, "", ())


@pytest.mark.django_db
def test_an_actor_costs_one_query(django_assert_num_queries) -> None:
    official, agent = make.make_official(), make.make_agent(make.make_representative())
    key = str(agent.person.representations.get().uuid)
    for account, capacity in ((official.account, "official"), (agent.account, key), (agent.account, "resident")):
        with django_assert_num_queries(1):
            queries.actor_for_account(account, capacity, at=AT)


@pytest.mark.parametrize(("scope", "tidy"), [(["b", "a", "b", " "], ["a", "b"]), (["a", "*"], ["*"]), ([], [])])
def test_a_scope_is_tidied(scope, tidy) -> None:
    assert rules.tidy_scope(scope) == tidy


@pytest.mark.parametrize(
    ("password", "kinds"), [("abc", 1), ("abcABC", 2), ("abcABC123", 3), ("aB1-", 4), ("密码abc", 2), ("", 0)]
)
def test_kinds_of_characters(password, kinds) -> None:
    assert rules.kinds_of_characters(password) == kinds
