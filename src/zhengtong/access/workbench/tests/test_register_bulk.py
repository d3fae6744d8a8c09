"""Subscriptions and the map at the workbench."""

from __future__ import annotations

import pytest
from django.test import Client

from zhengtong.kernel.clock import now
from zhengtong.kernel.idempotency.services import new_key
from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.tests.factories import authority
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity.tests.factories import make_official, sign_in
from zhengtong.security.sso.tests.factories import make_client

pytestmark = pytest.mark.django_db


def officer(role: str, organisation: str) -> Client:
    client = Client(raise_request_exception=False)
    sign_in(client, make_official(role, organisation).account)
    return client


def subscription():
    """Of the market regulator's system to names of people, by a grant of the police."""
    actor, _token = make_client("follower", ["registers.bulk"])
    given = services.grant_reading(
        actor=make_official("decider", "public-security").actor, register="population", authority="public-security",
        consumer_uuid=directory.find_organisation("market-regulation").uuid, fields=["name"], purposes=["licensing"],
        basis="食品安全法第三十五条", at=now(),
    )  # fmt: skip
    return services.open_subscription(
        actor=actor, register="population", fields=["name"], purpose=queries.purpose_of("licensing", "人口库同步"),
        grant_uuid=given.uuid, at=now(),
    )  # fmt: skip


def test_the_authority_sees_who_takes_its_fields_and_ends_it() -> None:
    made = subscription()
    page = "/workbench/registers/population/subscriptions/"
    steward, other = officer("decider", "public-security"), officer("decider", "housing")
    seen = steward.get(page).content.decode()
    assert "人口库同步" in seen
    assert "食品安全法第三十五条" in seen
    assert f"{made.uuid}/revoke/" in seen
    assert f"{made.uuid}/revoke/" not in other.get(page).content.decode()
    post = {"reason": "用途已变", "idempotency_key": new_key()}
    assert other.post(f"{page}{made.uuid}/revoke/", post | {"idempotency_key": new_key()}).status_code == 403
    empty = steward.post(f"{page}{made.uuid}/revoke/", {"reason": " ", "idempotency_key": new_key()})
    assert empty.status_code == 422
    assert steward.post(f"{page}{made.uuid}/revoke/", post).status_code == 302
    assert "用途已变" in steward.get(page).content.decode()
    assert services.is_in_force(queries.list_subscriptions("population")[0], now().date()) is False


def test_the_map_shows_open_layers_and_others_for_a_purpose_only() -> None:
    reviewer = officer("reviewer", "housing")
    assert reviewer.get("/workbench/map/").status_code == 200
    assert reviewer.get("/workbench/map/", {"layer": "parcels"}).status_code == 422
    asked = {"layer": "parcels", "purpose": "licensing", "matter": "选址"}
    assert reviewer.get("/workbench/map/", asked).status_code == 404
    assert officer("reviewer", "natural-resources").get("/workbench/map/", asked).status_code == 200
    assert reviewer.get("/workbench/map/", {"layer": "nowhere"}).status_code in (404, 422)


@pytest.mark.parametrize(
    ("approval", "is_shown"), [("GS（2024）0650号", True), ("川S(2023)00012号", True), ("", False), ("x", False)],
    ids=["national", "province", "none", "no-number"],
)  # fmt: skip
def test_a_base_map_is_shown_with_its_approval_number_only(settings, approval, is_shown) -> None:
    settings.ZT_BASE_MAP, settings.ZT_BASE_MAP_APPROVAL = "https://tiles.example.cn/{z}/{x}/{y}.png", approval
    services.enter_record(
        actor=authority("civil-affairs"), register="places", at=now(),
        values={"place_id": "DM-1", "name": "演示", "kind": "park", "division": "511602", "longitude": "106",
                "latitude": "30"},
    )  # fmt: skip
    answer = Client().get("/map/")
    assert ("tiles.example.cn" in answer.content.decode()) is is_shown
    assert ("https://tiles.example.cn" in answer.headers["Content-Security-Policy"]) is is_shown
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_the_provinces_are_34_and_one_is_here() -> None:
    page = Client().get("/map/provinces/").content.decode()
    assert page.count("<rect") == 34
    assert page.count("tile-grid__here") == 1
