"""部门自建系统: the fire service's own system takes its review from the interface and hands in the officer's opinion,
by its own key; nobody else's system can, and what it did stands in the log under its name."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from zhengtong.applications.cases.models import Review
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit.models import Entry
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests.factories import sign_in
from zhengtong.security.sso.services.id_tokens import issuer
from zhengtong.security.sso.tests.conftest import Caller, make_caller

from .states import REASON, STATES

SCOPES = ["reviews.read", "reviews.decide"]
LIST = "/api/v1/cases/reviews"


class Machine:
    """A registered system on the wire: a token for its own signed word, then calls with it."""

    def __init__(self, caller: Caller, scope: str = " ".join(SCOPES)) -> None:
        session = caller.session(scope)
        token = session.fetch_token(f"{issuer()}/oidc/token", grant_type="client_credentials", scope=scope)
        self.urn = caller.system.urn
        self.client = Client(headers={"Authorization": f"Bearer {token['access_token']}"})

    def give(self, review: Review, key: str = "", **changes):
        body = {"outcome": "favourable", "remarks": REASON, "officer": "消防员甲", **changes}
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.client.post(f"{LIST}/{review.uuid}/opinion", body, "application/json", headers=headers)


@pytest.fixture
def review(seeded) -> Review:
    return STATES["visit_recorded"]().reviews.get(key="fire")


def test_a_system_takes_its_review_and_hands_in_the_opinion(review) -> None:
    fire = Machine(make_caller("fire-desk", scopes=SCOPES, organisation="fire-rescue"))
    waiting = fire.client.get(LIST).json()
    assert [row["uuid"] for row in waiting] == [str(review.uuid)]
    assert set(waiting[0]) >= {"case_number", "case_uuid", "service_key", "opened_at", "needs_visit"}
    assert "好味来" not in str(waiting)
    assert fire.client.get(f"/api/v1/cases/{review.case.uuid}").status_code == 403, "the case itself is not for systems"

    assert fire.give(review, officer="").status_code == 422, "an opinion is somebody's"
    first = fire.give(review, key="opinion-of-fire")
    assert first.json()["state"] == "closed", first.content
    again = fire.give(review, key="opinion-of-fire")
    assert (again.status_code, again.json()) == (200, first.json()), "sent twice, done once"
    assert fire.give(review, key="opinion-of-fire", remarks="另一份意见。").status_code == 422
    assert fire.give(review).status_code == 409, "an opinion is given once"

    review.refresh_from_db()
    assert (review.outcome, review.closed_by_urn) == ("favourable", fire.urn)
    assert review.closed_by_name == "消防员甲（施工许可系统）"
    entry = audit.find_done(review.case.urn, "cases.review.closed")
    assert (entry.actor_urn, entry.capacity) == (fire.urn, "client")
    assert fire.client.get(LIST).json() == []

    desk = Client()
    sign_in(desk, identity.find_account("lead"), "official")
    page = desk.get(f"/workbench/cases/{review.case.uuid}/").content.decode()
    assert "消防员甲（施工许可系统）" in page


def test_no_other_system_and_none_without_the_scope_gives_it(review) -> None:
    other = Machine(make_caller("forestry-desk", scopes=SCOPES, organisation="forestry"))
    assert other.client.get(LIST).json() == []
    assert other.give(review).status_code == 403
    reader = Machine(make_caller("fire-reader", scopes=SCOPES, organisation="fire-rescue"), "reviews.read")
    assert len(reader.client.get(LIST).json()) == 1
    assert reader.give(review).status_code == 403
    assert Client().get(LIST).status_code == 401
    review.refresh_from_db()
    assert review.state == "open"
    denials = Entry.objects.filter(action="cases.review.decide", outcome="denied")
    assert {entry.actor_urn for entry in denials} == {other.urn, reader.urn}


def test_what_was_handed_to_an_officer_is_not_the_systems(review) -> None:
    Review.objects.filter(pk=review.pk).update(assigned_urn=identity.find_account("fire").urn)
    fire = Machine(make_caller("fire-desk", scopes=SCOPES, organisation="fire-rescue"))
    assert fire.give(review).status_code == 403
