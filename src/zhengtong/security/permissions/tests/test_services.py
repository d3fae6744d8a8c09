"""require, filter, explain, roles bound to posts, views marked with their policy."""

import uuid
from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from zhengtong.kernel.actors import ANONYMOUS, system_actor
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, Invalid, NotFound

from .. import held, providers, queries, services
from ..models import RoleBinding
from . import factories as make

REVIEW = "tests.review.decide"
SYSTEM = system_actor("tests")


@pytest.fixture(autouse=True)
def _tables(monkeypatch):
    """Policies of the test, in copies of the tables."""
    monkeypatch.setattr(providers.POLICIES, "_items", dict(providers.POLICIES._items))
    monkeypatch.setattr(providers.ROLES, "_permissions", providers.ROLES._permissions.copy())
    providers.ROLES._permissions["reviewer"] = set(providers.ROLES._permissions["reviewer"])
    providers.register(
        providers.Policy(
            REVIEW,
            {"zh": "提出审查意见", "en": "Give an opinion"},
            providers.party_of("applicant_urn")
            | (
                providers.has_permission(REVIEW)
                & providers.own_organisation("organisation_uuid")
                & providers.not_same_hand("submitted_by_urn")
            ),
            roles=("reviewer",),
        )
    )


def review(organisation: uuid.UUID, submitted_by: str = "urn:x") -> dict[str, object]:
    return {"organisation_uuid": organisation, "submitted_by_urn": submitted_by, "applicant_urn": "urn:party:b"}


@pytest.mark.django_db
def test_a_reviewer_acts_for_his_own_authority_only() -> None:
    post = make.post()
    make.bind("reviewer", post)
    actor = make.official(post)
    services.require(actor, REVIEW, review(post.organisation_uuid))
    with pytest.raises(services.Denied) as caught:
        services.require(actor, REVIEW, review(uuid.uuid4()))
    assert caught.value.status == 403
    assert str(caught.value.message) == "只能办理本部门的件"
    with translation.override("en"):
        assert str(caught.value.message) == "You may act only on matters of your own organisation"
        assert "transfer" in str(caught.value.remedy)


@pytest.mark.django_db
def test_the_role_of_one_post_does_not_reach_the_organisation_of_another() -> None:
    reviewing, clerking = make.post(), make.post()
    make.bind("reviewer", reviewing)
    make.bind("window_clerk", clerking)
    actor = make.official(reviewing, clerking)
    assert services.allows(actor, REVIEW, review(reviewing.organisation_uuid))
    assert not services.allows(actor, REVIEW, review(clerking.organisation_uuid))


@pytest.mark.django_db
def test_nobody_approves_what_he_handed_in() -> None:
    post = make.post()
    make.bind("reviewer", post)
    actor = make.official(post)
    with pytest.raises(services.Denied, match="四眼"):
        services.require(actor, REVIEW, review(post.organisation_uuid, submitted_by=actor.urn))


@pytest.mark.django_db
def test_an_official_without_a_second_factor_may_nothing() -> None:
    post = make.post()
    make.bind("reviewer", post)
    assert not services.could(make.official(post, mfa=False), REVIEW)
    assert services.could(make.official(post), REVIEW)


@pytest.mark.django_db
def test_a_role_ends_and_a_future_one_has_not_begun() -> None:
    post = make.post()
    make.bind("reviewer", post)
    services.unbind_role(actor=SYSTEM, role="reviewer", post_uuid=post.uuid, at=now() - timedelta(minutes=1))
    assert not services.could(make.official(post), REVIEW)
    services.bind_role(actor=SYSTEM, role="reviewer", post_uuid=post.uuid, at=now() + timedelta(days=1))
    assert not services.could(make.official(post), REVIEW)
    assert queries.list_role_bindings([post.uuid]) == []


@pytest.mark.django_db
def test_binding_says_what_is_wrong() -> None:
    post = make.post()
    with pytest.raises(Invalid, match="没有名为"):
        services.bind_role(actor=SYSTEM, role="king", post_uuid=post.uuid, at=now())
    make.bind("reviewer", post)
    with pytest.raises(Conflict, match="已有此角色"):
        make.bind("reviewer", post)
    make.bind("auditor", post)
    with pytest.raises(Conflict, match="审计"):
        make.bind("administrator", post)
    with pytest.raises(NotFound):
        services.unbind_role(actor=SYSTEM, role="decider", post_uuid=post.uuid, at=now())
    with pytest.raises(services.Denied):
        services.bind_role(actor=make.official(post), role="decider", post_uuid=post.uuid, at=now())
    assert RoleBinding.objects.count() == 2


@pytest.mark.django_db
def test_bindings_are_read_once_per_request_and_never_for_applicants(django_assert_num_queries) -> None:
    first, second = make.post(), make.post()
    make.bind("reviewer", first)
    actor = make.official(first, second)
    with held.remembered(), django_assert_num_queries(1):
        for _ in range(50):
            services.allows(actor, REVIEW, review(first.organisation_uuid))
            services.could(actor, "permissions.role.bind")
    with django_assert_num_queries(0):
        assert services.allows(make.resident("urn:party:b"), REVIEW, review(uuid.uuid4()))


@pytest.mark.django_db
def test_explain_answers_every_rule() -> None:
    post = make.post()
    make.bind("reviewer", post)
    answers = services.explain(make.official(post), REVIEW, review(uuid.uuid4()))
    assert [a.depth for a in answers] == [0, 1, 1, 2, 2, 2]
    assert [a.holds for a in answers] == [False, False, False, True, False, True]
    assert all(a.rule["zh"] and a.rule["en"] for a in answers)
    assert "审查人员" in answers[3].rule["zh"]


def test_a_policy_nobody_declared_is_a_programming_error() -> None:
    with pytest.raises(LookupError, match=r"tests\.nothing"):
        services.allows(ANONYMOUS, "tests.nothing")


def test_a_guarded_view_refuses_before_it_runs() -> None:
    @services.guard(REVIEW)
    def view(request) -> str:
        return "inside"

    request = RequestFactory().get("/")
    request.actor = SimpleLazyObject(lambda: ANONYMOUS)
    with pytest.raises(services.Denied) as caught:
        view(request)
    assert (caught.value.status, caught.value.code) == (401, "sign-in-required")
    request.actor = SimpleLazyObject(make.resident)
    assert view(request) == "inside"
    assert view.policy == REVIEW


def test_public_says_why() -> None:
    view = services.public("办事指南对所有人公开")(lambda request: "open")
    assert (view(None), view.policy, view.public_reason) == ("open", "public", "办事指南对所有人公开")


def test_a_narrowed_lazy_actor_keeps_its_values() -> None:
    from ..asking import with_posts

    actor = make.official(make.post())
    assert with_posts(SimpleLazyObject(lambda: actor), ()).urn == actor.urn
