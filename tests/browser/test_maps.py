"""The map of the portal and of the workbench: drawn by WebGL, said by the list, judged at both widths."""

from __future__ import annotations

from typing import Any

import pytest

from zhengtong.kernel.clock import now
from zhengtong.resources.registers import services
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity.tests.factories import make_official

DRAWN = "#map[data-ready='1']"


@pytest.mark.parametrize("path", ["map/", "map/provinces/"])
def test_maps_of_the_portal(visitor: Any, site: str, path: str) -> None:
    visitor().open(f"/{path}").look("portal-" + path.strip("/").replace("/", "-"))


@pytest.mark.parametrize("path", ["map/", "map/provinces/", "registers/places/subscriptions/", "map/?layer=parcels"])
def test_maps_of_the_workbench(visitor: Any, site: str, path: str) -> None:
    name = "bench-" + "".join(c if c.isalnum() else "-" for c in path)
    visitor("lead").open(f"/workbench/{path}").look(name)


def test_the_list_and_the_map_choose_the_same_record_and_a_move_asks_anew(visitor: Any, site: str) -> None:
    page = visitor().open("/map/").page
    page.wait_for_selector(DRAWN)
    row = page.locator("#map-list button").nth(1)
    row.press("Enter")
    assert row.get_attribute("aria-pressed") == "true"
    with page.expect_response(lambda answer: "/collections/places/items?bbox=" in answer.url) as asked:
        page.locator(".maplibregl-ctrl-zoom-in").click()
    assert asked.value.status == 200
    page.wait_for_selector("#map-list li")
    assert 0 < page.locator("#map-list li").count() <= 7


def test_boundaries_of_parcels_for_a_purpose_by_a_grant(visitor: Any, site: str) -> None:
    services.grant_reading(
        actor=make_official("decider", "natural-resources").actor, register="parcels", authority="natural-resources",
        consumer_uuid=directory.find_organisation("market-regulation").uuid, fields=["geometry"],
        purposes=["licensing"], basis="不动产登记暂行条例第二十五条", at=now(),
    )  # fmt: skip
    lead = visitor("lead").open("/workbench/map/?layer=parcels&purpose=licensing&matter=test")
    lead.page.wait_for_selector(DRAWN)
    assert lead.page.locator("#map-list li").count() == 4
    lead.look("bench-map-parcels")
