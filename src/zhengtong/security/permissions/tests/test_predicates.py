"""A policy judges, filters and explains with one sentence: the three must agree."""

import itertools
import uuid
from types import SimpleNamespace

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengtong.kernel.actors import ANONYMOUS, system_actor

from .. import providers as p
from ..asking import with_purpose
from ..models import RoleBinding
from ..rules import Extent, Reach, Secrecy, grant
from . import factories as make

ORGANISATIONS = [uuid.UUID(int=i) for i in range(1, 4)]
HANDS = [f"urn:hand:{i}" for i in range(3)]
PATHS = ["51", "51/5116", "51/5116/511602", "51/51160", "52"]


def reaches():
    purposes = st.sampled_from([None, frozenset(), frozenset({"supervision"})])
    return st.builds(Reach, st.sampled_from(list(Extent)), st.sampled_from(list(Secrecy)), purposes)


def actors():
    plain = st.builds(make.post, st.sampled_from(ORGANISATIONS), st.sampled_from(PATHS))
    posts = st.lists(st.one_of(plain, st.builds(grant, plain, reaches())), max_size=3)
    return st.builds(with_purpose, _somebody(posts), st.sampled_from(["", "supervision", "relief"]))


def _somebody(posts):
    return st.one_of(
        st.just(ANONYMOUS),
        st.just(system_actor("x")),
        st.builds(make.resident, st.sampled_from(HANDS)),
        st.lists(st.sampled_from([*PATHS, "*"]), max_size=2).map(lambda scope: make.agent(*scope, party_urn=HANDS[0])),
        st.builds(lambda posts, mfa: make.official(*posts, mfa=mfa), posts, st.booleans()),
    )


def predicates():
    leaves = st.sampled_from(
        [
            p.authenticated,
            p.official,
            p.applicant,
            p.system,
            p.party_of("bound_by_urn"),
            p.not_same_hand("bound_by_urn"),
            p.in_scope_of_agency("role"),
            p.own_organisation("post_uuid"),
            p.in_division("role"),
            p.in_division("role", "post_uuid"),
            p.within_clearance("clearance"),
            p.for_purpose("supervision"),
        ]
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
            inner.map(lambda one: ~one),
        ),
        max_leaves=5,
    )


@pytest.fixture
def rows(db):
    return [
        RoleBinding.objects.create(
            role=path, post_uuid=organisation, since=make.LONG_AGO, bound_by_urn=HANDS[number % 2], clearance=number % 5
        )
        for number, (path, organisation) in enumerate(itertools.product(PATHS, ORGANISATIONS))
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actor=actors(), predicate=predicates())
def test_a_list_shows_exactly_what_require_would_pass(rows, actor, predicate) -> None:
    listed = set(RoleBinding.objects.filter(predicate.q(actor)).values_list("pk", flat=True))
    assert listed == {row.pk for row in rows if predicate.test(actor, row)}


@settings(max_examples=150, deadline=None)
@given(actor=actors(), predicate=predicates())
def test_the_first_answer_is_the_judgement_and_a_refusal_names_a_rule_that_fails(actor, predicate) -> None:
    obj = SimpleNamespace(bound_by_urn=HANDS[0], role=PATHS[2], post_uuid=ORGANISATIONS[0], clearance=1)
    assert predicate.answers(actor, obj)[0].holds is predicate.judge(actor, obj)
    if predicate.judge(actor, obj) is not True:
        assert predicate.failing(actor, obj).holds is not True


@settings(max_examples=100, deadline=None)
@given(actor=actors(), predicate=predicates())
def test_what_is_refused_without_an_object_is_refused_with_any(actor, predicate) -> None:
    if predicate.judge(actor, None) is False:
        obj = SimpleNamespace(bound_by_urn=HANDS[1], role=PATHS[1], post_uuid=ORGANISATIONS[1], clearance=2)
        assert predicate.judge(actor, obj) is False


def test_without_an_object_depends_counts_as_no() -> None:
    mine = p.party_of("applicant_urn")
    assert mine.judge(make.resident(), None) is None
    assert not mine.test(make.resident(), None)


def test_paths_follow_relations_and_mappings() -> None:
    review = SimpleNamespace(case={"applicant_urn": "urn:party:a"}, other=None)
    assert p.party_of("case__applicant_urn").test(make.resident("urn:party:a"), review)
    assert not p.party_of("other__applicant_urn").test(make.resident("urn:party:a"), review)


def test_a_rule_of_a_room_joins_in() -> None:
    open_case = p.custom(
        {"zh": "办件未办结", "en": "The case is open"},
        lambda actor, obj: None if obj is None else obj["status"] == "open",
        lambda actor: Q(status="open"),
    )
    both = p.applicant & open_case
    assert both.judge(make.resident(), None) is None
    assert both.test(make.resident(), {"status": "open"})
    assert both.failing(make.resident(), {"status": "closed"}).rule["en"] == "The case is open"
    assert (~open_case).answers(make.resident(), {"status": "open"})[0].rule["zh"] == "并非：办件未办结"
