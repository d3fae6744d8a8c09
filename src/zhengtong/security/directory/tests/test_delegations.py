"""授权代行: what may be handed to whom, for how long, and that every act under it says on whose behalf."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.security.audit import queries as audit_queries
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import services as directory
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests import factories as make
from zhengtong.security.permissions import held, queries, services
from zhengtong.security.permissions.models import Delegation, RoleBinding

pytestmark = pytest.mark.django_db
DECIDE, COMMENT = "credentials.type.declare", "cases.case.comment"


def give(giver, receiver, *actions: str, days: int = 3, starts: int = 0, **more):
    at = now()
    values = {"since": at + timedelta(days=starts), "until": at + timedelta(days=days), "reason": "年休假", "at": at}
    return services.delegate(
        actor=giver.actor, post_uuid=giver.actor.posts[0].uuid, actions=actions or (DECIDE,),
        receiver_uuid=receiver.account.uuid, **{**values, **more},
    )  # fmt: skip


@pytest.fixture
def head():
    return make.make_official("service_editor", name="韩处长")


@pytest.fixture
def colleague():
    return make.make_official("reviewer", name="周同事")


def test_a_colleague_may_what_was_delegated_for_the_time_and_no_more(head, colleague) -> None:
    assert not services.allows(colleague.actor, DECIDE)
    given = give(head, colleague)
    assert services.allows(colleague.actor, DECIDE)
    assert services.could(colleague.actor, DECIDE)
    assert not services.allows(colleague.actor, "public_services.version.publish"), "only what was named"
    Delegation.objects.filter(pk=given.pk).update(since=now() - timedelta(9), until=now() - timedelta(seconds=1))
    assert not services.allows(colleague.actor, DECIDE), "it ends by itself"


def test_its_scope_is_kept_and_stands_in_the_log(head, colleague) -> None:
    asked = services.Reach(services.Extent.DIVISION, services.Secrecy.OPEN, frozenset({"relief"}))
    given = give(head, colleague, reach=asked)
    given.refresh_from_db()
    assert given.reach == asked
    (entry,) = audit_queries.list_for_object(given.urn)
    assert entry.detail | asked.as_detail() == entry.detail
    with pytest.raises(Invalid, match="没有名为"):
        give(head, colleague, reach=services.Reach(purposes=frozenset({"no-such-purpose"})))


def test_one_that_begins_later_counts_later(head, colleague) -> None:
    give(head, colleague, starts=1)
    assert not services.allows(colleague.actor, DECIDE)


def test_either_of_the_two_ends_it_and_nobody_else(head, colleague) -> None:
    for ender in (head, colleague):
        given = give(head, colleague)
        with pytest.raises(services.Denied):
            services.end_delegation(
                actor=make.make_official("administrator").actor, delegation_uuid=given.uuid, at=now()
            )
        services.end_delegation(actor=ender.actor, delegation_uuid=given.uuid, at=now())
        assert not services.allows(colleague.actor, DECIDE)
    with pytest.raises(NotFound):
        services.end_delegation(actor=head.actor, delegation_uuid=head.account.uuid, at=now())


def test_nobody_delegates_what_he_does_not_hold_nor_what_was_lent_to_him(head, colleague) -> None:
    third = make.make_official((), name="第三人")
    with pytest.raises(Conflict, match="本人岗位没有"):
        give(head, colleague, COMMENT)
    give(head, colleague)
    with pytest.raises(Conflict, match="他人授权给本人"):
        give(colleague, third, DECIDE)
    admin = make.make_official("administrator", "government-office")
    with pytest.raises(Conflict, match="必须由本人行使"):
        give(admin, make.make_official((), "government-office"), "permissions.role.bind")


def test_not_to_oneself_nor_to_another_organisation_nor_to_a_stranger(head, colleague) -> None:
    with pytest.raises(Conflict, match="本人"):
        give(head, head)
    with pytest.raises(Conflict, match="同一部门"):
        give(head, make.make_official("reviewer", "fire-rescue"))
    with pytest.raises(NotFound):
        give(head, make.make_resident())


def test_not_to_somebody_with_incompatible_duties(head) -> None:
    admin = make.make_official("administrator", "government-office")
    auditor = make.make_official("auditor", "government-office")
    with pytest.raises(Conflict, match="同一人兼任"):
        give(admin, auditor, "signing.key.manage")
    plain = make.make_official((), "government-office")
    give(admin, plain, "signing.key.manage")
    assert services.allows(plain.actor, "signing.key.manage")
    # Whoever comes to the other duty afterwards loses what was lent.
    RoleBinding.objects.create(
        role="auditor", post_uuid=plain.actor.posts[0].uuid, since=make.LONG_AGO, bound_by_urn="system:tests"
    )
    assert not services.allows(plain.actor, "signing.key.manage")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"days": 93}, "92"),
        ({"days": -1, "starts": -2}, "结束时间"),
        ({"days": 1, "starts": 2}, "结束时间"),
        ({"reason": "  "}, "事由"),
    ],
)
def test_a_wrong_window_or_no_reason_is_named(head, colleague, more, said) -> None:
    with pytest.raises(Invalid, match=said):
        give(head, colleague, **more)


def test_it_goes_with_the_post_and_with_its_role(head, colleague) -> None:
    post = head.actor.posts[0].uuid
    give(head, colleague)
    services.unbind_role(actor=make.SYSTEM, role="service_editor", post_uuid=post, at=now())
    assert not services.allows(colleague.actor, DECIDE), "the post carries it no longer"
    services.bind_role(actor=make.SYSTEM, role="service_editor", post_uuid=post, at=now())
    RoleBinding.objects.update(since=make.LONG_AGO)
    assert services.allows(colleague.actor, DECIDE)
    directory.release(actor=make.SYSTEM, post_uuid=post, account_uuid=head.account.uuid, at=now())
    assert not services.allows(colleague.actor, DECIDE), "who has left lends nothing"


def test_who_has_left_the_organisation_keeps_nothing(head, colleague) -> None:
    give(head, colleague)
    moved = make.make_official("reviewer", "fire-rescue").actor
    gone = type(moved)(colleague.actor.urn, moved.capacity, colleague.account.uuid, posts=moved.posts, mfa=True)
    assert not services.allows(gone, DECIDE)
    unproved = identity.actor_for_account(colleague.account, "official", at=now(), mfa=False)
    assert not services.allows(unproved, DECIDE), "without a second factor nobody is an official"


def test_the_log_says_on_whose_behalf(head, colleague) -> None:
    give(head, colleague, DECIDE)
    services.require(colleague.actor, DECIDE)
    entry = audit.record(colleague.actor, "credentials.type.declared", "urn:x", at=now())
    assert (entry.actor_urn, entry.on_behalf_urn) == (colleague.actor.urn, head.actor.urn)
    services.require(colleague.actor, "workbench.permissions.explain")
    assert audit.record(colleague.actor, "credentials.type.declared", "urn:x", at=now()).on_behalf_urn == ""


def test_who_may_himself_acts_for_himself(head, colleague) -> None:
    give(head, other := make.make_official("service_editor", name="同职"))
    services.require(other.actor, DECIDE)
    assert audit.record(other.actor, "credentials.type.declared", "urn:x", at=now()).on_behalf_urn == ""


def test_explain_names_the_delegation_that_decided(head, colleague) -> None:
    given = give(head, colleague)
    rules = [answer.rule["zh"] for answer in services.explain(colleague.actor, DECIDE)]
    assert any("韩处长" in rule and "授权代行" in rule for rule in rules)
    assert services.deciding_delegation(colleague.actor, DECIDE).uuid == given.uuid
    assert services.deciding_delegation(head.actor, DECIDE) is None
    assert [d.uuid for d in queries.list_delegations(colleague.account.uuid)] == [given.uuid]
    assert queries.list_delegations(head.account.uuid) == queries.list_delegations(colleague.account.uuid)


def test_fifty_rows_ask_one_question(head, colleague) -> None:
    """The check of a list of fifty, with a delegation in force: the rights are read once, whatever the rows."""
    give(head, colleague)
    posts = [make.make_official(()).actor.posts[0] for _ in range(2)] * 25
    with held.remembered(), CaptureQueriesContext(connection) as asked:
        for post in posts:
            services.allows(colleague.actor, DECIDE, post)
            services.allows(colleague.actor, COMMENT, None)
    assert len(asked) == 1


def test_who_could_is_answered_from_the_data_in_few_queries(head, colleague) -> None:
    give(head, colleague)
    for _ in range(3):
        make.make_official("service_editor")
    with CaptureQueriesContext(connection) as asked:
        found = {one.account_uuid: one for one in identity.who_may(DECIDE, None, at=now())}
    assert len(asked) <= 5
    assert len(found) == 5
    assert found[colleague.account.uuid].by_delegation == "韩处长"
    assert all(one.refusal is None for one in found.values())
