"""How far a role reaches: divisions, levels, purposes, all of one and the same post; lent and never widened."""

import uuid
from types import SimpleNamespace

import pytest
from django.utils import translation

from zhengtong.kernel.actors import Actor, PostRef, system_actor
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, Invalid

from .. import held, providers, rules, services
from ..asking import with_posts
from ..models import Delegation, RoleBinding
from ..rules import Extent, Reach, Secrecy
from . import factories as make

READ = "tests.thing.read"
SYSTEM = system_actor("tests")
CITY, COUNTY, TOWN, OTHER = "51/5116", "51/5116/511602", "51/5116/511602/511602001", "51/5116/511603"


@pytest.fixture(autouse=True)
def _tables(monkeypatch):
    monkeypatch.setattr(providers.POLICIES, "_items", dict(providers.POLICIES._items))
    monkeypatch.setattr(providers.ROLES, "_permissions", providers.ROLES._permissions.copy())
    providers.ROLES._permissions["reviewer"] = set(providers.ROLES._permissions["reviewer"])
    providers.register(
        providers.Policy(
            READ,
            {"zh": "查看", "en": "Read"},
            providers.has_permission(READ)
            & providers.in_division("division_path", "organisation_uuid")
            & providers.within_clearance("secrecy")
            & providers.for_purpose("supervision", "relief"),
            roles=("reviewer",),
        )
    )


def thing(path: str = COUNTY, secrecy: int = 1, organisation: uuid.UUID | None = None) -> SimpleNamespace:
    return SimpleNamespace(division_path=path, secrecy=secrecy, organisation_uuid=organisation or uuid.uuid4())


def bound(path: str = CITY, organisation: uuid.UUID | None = None, **reach) -> PostRef:
    post = make.post(organisation, path)
    services.bind_role(
        actor=SYSTEM, role="reviewer", post_uuid=post.uuid, at=make.LONG_AGO,
        reach=Reach(**{"extent": Extent.SUBTREE, **reach}),
    )  # fmt: skip
    return post


def lent_to(giver: PostRef, own: PostRef, **limits) -> Actor:
    """An official of the giver's organisation to whom the giver's post lends READ."""
    receiver = make.official(PostRef(own.uuid, giver.organisation_uuid, CITY))
    receiver = type(receiver)(receiver.urn, receiver.capacity, uuid.uuid4(), posts=receiver.posts, mfa=True)
    Delegation.objects.create(
        post_uuid=giver.uuid, organisation_uuid=giver.organisation_uuid, division_path=CITY, actions=[READ],
        giver_uuid=uuid.uuid4(), receiver_uuid=receiver.account_uuid, since=make.LONG_AGO,
        until=now().replace(year=now().year + 1), **({"extent": "subtree", "clearance": 4} | limits),
    )  # fmt: skip
    return receiver


def may(actor, obj, purpose: str = "supervision") -> bool:
    return services.allows(actor, READ, obj, purpose=purpose)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("extent", "reached"),
    [
        (Extent.SUBTREE, {CITY, COUNTY, TOWN, OTHER}),
        (Extent.DIVISION, {CITY}),
        (Extent.ORGANISATION, set()),
    ],
)
def test_a_role_reaches_as_far_as_its_binding_says(extent, reached) -> None:
    actor = make.official(post := bound(extent=extent))
    paths = (CITY, COUNTY, TOWN, OTHER, "51", "51/51160", "51/5117", "")
    assert {path for path in paths if may(actor, thing(path))} == reached
    own = thing("52", organisation=post.organisation_uuid)
    assert may(actor, own) is (extent is Extent.ORGANISATION)


@pytest.mark.django_db
def test_nothing_is_read_above_the_clearance_nor_without_a_level() -> None:
    actor = make.official(bound(clearance=Secrecy.SENSITIVE))
    assert [level for level in Secrecy if may(actor, thing(secrecy=level))] == [0, 1, 2]
    assert not may(actor, thing(secrecy=None))


@pytest.mark.django_db
def test_a_purpose_is_named_lawful_and_within_the_role() -> None:
    free, limited = make.official(bound()), make.official(bound(purposes=frozenset({"supervision"})))
    assert may(free, thing())
    assert may(free, thing(), "relief")
    assert may(limited, thing())
    for actor, purpose in ((limited, "relief"), (free, "verification"), (free, "nonsense"), (free, "")):
        with pytest.raises(services.Denied) as caught:
            services.require(actor, READ, thing(), purpose=purpose)
        with translation.override("en"):
            assert "Supervision" in str(caught.value.remedy)
    assert services.could(free, READ), "there is a purpose for which he may"
    assert [key for key, _label in services.purposes_for(free, READ, thing())] == ["supervision", "relief"]
    assert [key for key, _label in services.purposes_for(limited, READ, thing())] == ["supervision"]
    assert services.purposes_for(free, READ, thing(OTHER, secrecy=4)) == []


@pytest.mark.django_db
def test_division_and_clearance_are_those_of_one_and_the_same_post() -> None:
    wide, cleared = bound(CITY), bound(OTHER, clearance=Secrecy.SENSITIVE)
    both = make.official(wide, cleared)
    assert may(both, thing(COUNTY, secrecy=1))
    assert may(both, thing(OTHER, secrecy=2))
    assert not may(both, thing(COUNTY, secrecy=2)), "the clearance of one post does not lift what another reaches"
    answers = services.explain(both, READ, thing(COUNTY, secrecy=2), purpose="supervision")
    assert answers[0].holds is False
    assert sum(answer.holds is False for answer in answers) == 2, "one post is spoken of, the one that comes nearest"


@pytest.mark.django_db
def test_a_post_without_the_permission_lends_its_division_to_no_other() -> None:
    plain, role = make.post(path=CITY), bound(OTHER)
    assert not may(make.official(plain, role), thing(COUNTY))


@pytest.mark.django_db
def test_two_permissions_asked_together_reach_as_far_as_both() -> None:
    wide = bound(CITY)
    services.bind_role(
        actor=SYSTEM, role="decider", post_uuid=wide.uuid, at=make.LONG_AGO, reach=Reach(Extent.DIVISION)
    )
    providers.ROLES.grant("decider", other := "tests.thing.other")
    both = providers.has_permission(READ) & providers.has_permission(other) & providers.in_division("division_path")
    assert both.test(make.official(wide), thing(CITY))
    assert not both.test(make.official(wide), thing(COUNTY))
    providers.ROLES._permissions["decider"].discard(other)


@pytest.mark.django_db
def test_fifty_things_ask_the_database_once(django_assert_num_queries) -> None:
    actor = make.official(bound(), bound(OTHER, clearance=Secrecy.SENSITIVE))
    with held.remembered(), django_assert_num_queries(1):
        for number in range(50):
            may(actor, thing(secrecy=number % 5))


@pytest.mark.django_db
def test_what_is_lent_reaches_no_further_than_the_givers_post_and_lifts_nobodys_clearance() -> None:
    giver, own = bound(CITY, clearance=Secrecy.SENSITIVE), make.post()
    receiver = lent_to(giver, own)
    assert may(receiver, thing(COUNTY))
    assert not may(receiver, thing("51/5117"))
    assert not may(receiver, thing(COUNTY, secrecy=2)), "a clearance is one's own"
    services.bind_role(
        actor=SYSTEM, role="site_editor", post_uuid=own.uuid, at=make.LONG_AGO, reach=Reach(clearance=Secrecy.SENSITIVE)
    )
    assert may(receiver, thing(COUNTY, secrecy=2)), "who is cleared himself may"
    RoleBinding.objects.filter(post_uuid=giver.uuid).update(extent=Extent.DIVISION)
    assert not may(receiver, thing(COUNTY)), "with the giver's reach shrinks what he lent"


@pytest.mark.django_db
def test_what_is_lent_may_be_narrower_than_the_post() -> None:
    giver = bound(CITY, clearance=Secrecy.SENSITIVE)
    limited = {"extent": "division", "clearance": 0, "purposes": ["relief"]}
    receiver = lent_to(giver, make.post(), **limited)
    reached = [(CITY, 0, "relief"), (COUNTY, 0, "relief"), (CITY, 1, "relief"), (CITY, 0, "supervision")]
    assert [may(receiver, thing(path, level), purpose) for path, level, purpose in reached] == [
        True,
        False,
        False,
        False,
    ]
    Delegation.objects.update(extent="organisation", purposes=None)
    assert not may(receiver, thing(CITY, 0))
    assert may(receiver, thing("52", 0, giver.organisation_uuid))


@pytest.mark.django_db
def test_incompatible_duties_count_over_all_posts_also_when_a_rule_has_left_some_out() -> None:
    giver, plain, audits = make.post(), make.post(), make.post()
    make.bind("administrator", giver)
    RoleBinding.objects.create(role="auditor", post_uuid=audits.uuid, since=make.LONG_AGO, bound_by_urn="system:tests")
    same = PostRef(plain.uuid, giver.organisation_uuid, COUNTY)
    actor = make.official(same, audits)
    actor = type(actor)(actor.urn, actor.capacity, uuid.uuid4(), posts=actor.posts, mfa=True)
    Delegation.objects.create(
        post_uuid=giver.uuid, organisation_uuid=giver.organisation_uuid, division_path=COUNTY,
        actions=["permissions.policy.explain"], giver_uuid=uuid.uuid4(), receiver_uuid=actor.account_uuid,
        since=make.LONG_AGO, until=now().replace(year=now().year + 1),
    )  # fmt: skip
    with held.remembered():
        narrowed = with_posts(actor, [same])
        assert held.posts_with(narrowed, "permissions.policy.explain") == (), "an auditor is lent no administration"
        assert [post.uuid for post in held.posts_with(actor, "permissions.policy.explain")] == [audits.uuid]


@pytest.mark.django_db
def test_a_role_brings_its_own_reach_where_the_binding_says_nothing() -> None:
    post = make.post()
    make.bind("supervisor", post)
    binding = RoleBinding.objects.get(post_uuid=post.uuid)
    assert binding.reach == Reach(Extent.SUBTREE, Secrecy.INTERNAL, None)
    with pytest.raises(Conflict, match="不得兼任"):
        make.bind("decider", post)


@pytest.mark.django_db
def test_a_node_of_the_extranet_clears_nobody_for_state_secrets(settings) -> None:
    with pytest.raises(Invalid, match="秘密"):
        bound(clearance=Secrecy.CONFIDENTIAL)
    with pytest.raises(Invalid, match="没有名为"):
        bound(purposes=frozenset({"curiosity"}))
    settings.ZT_NODE_ZONE = "i"
    assert may(make.official(bound(clearance=Secrecy.SECRET)), thing(secrecy=Secrecy.SECRET))
    assert not RoleBinding.objects.filter(clearance__gt=4).exists()


def test_two_reaches_meet_in_what_both_allow() -> None:
    narrow = Reach(Extent.DIVISION, Secrecy.SENSITIVE, frozenset({"relief"}))
    wide = Reach(Extent.SUBTREE, Secrecy.OPEN)
    assert narrow.meet(wide) == wide.meet(narrow) == Reach(Extent.DIVISION, Secrecy.OPEN, frozenset({"relief"}))
    none = narrow.meet(Reach(purposes=frozenset({"supervision"})))
    assert not any(none.admits(purpose) for purpose in ("relief", "supervision"))
    assert rules.reach_of(make.post()) == Reach(), "nobody asked about a permission: no further than one's own"


def test_a_level_is_named_as_packages_write_it() -> None:
    assert [Secrecy.named(level.key) for level in Secrecy] == list(Secrecy)
    with pytest.raises(ValueError, match="sensitive"):
        Secrecy.named("top")
