"""OGC API - Features: what is open is open to all, the rest by purpose; clear refusals; the box by the index."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.definition.model import BOX
from zhengtong.resources.registers.definition.spatial import shape_of
from zhengtong.resources.registers.features import finding
from zhengtong.resources.registers.features.asking import Asked, BadQuery, read
from zhengtong.resources.registers.tests.factories import AT, authority
from zhengtong.security.audit.models import Entry
from zhengtong.security.identity.tests.factories import make_official, sign_in
from zhengtong.security.sso.tests.factories import make_client

pytestmark = pytest.mark.django_db
BASE = "/api/v1/features"
WHY = {"purpose": "licensing", "matter": "选址核对"}


def make_place(number: int, longitude: float, latitude: float, **changes):
    values = {
        "place_id": f"DM-{number:05d}", "name": f"演示地名{number}", "kind": "park", "division": "511602",
        "longitude": str(longitude), "latitude": str(latitude),
    } | changes  # fmt: skip
    return services.enter_record(
        actor=authority("civil-affairs"), register="places", values=values, at=AT, is_synthetic=True
    )


def make_parcel(number: int, points, **changes):
    values = {
        "parcel_code": f"511602001001GB{number:05d}F00000001", "division": "511602", "kind": "土地", "area_m2": "100",
        "use": "商业", "owner_id": "", "geometry": json.dumps({"type": "Polygon", "coordinates": [points]}),
    } | changes  # fmt: skip
    return services.enter_record(
        actor=authority("natural-resources"), register="parcels", values=values, at=AT, is_synthetic=True
    )


def ask(path="", client=None, status=200, **query):
    answer = (client or Client(raise_request_exception=False)).get(f"{BASE}{path}", query)
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def names(page) -> set[str]:
    return {one["properties"]["name"] for one in page["features"]}


def test_everybody_finds_the_open_places_in_a_box() -> None:
    make_place(1, 106.63, 30.47)
    make_place(2, 106.70, 30.50)
    make_place(3, 116.40, 39.90)
    assert [one["id"] for one in ask("/collections")["collections"]] == ["places"]
    page = ask("/collections/places/items", bbox="106.5,30.4,106.65,30.48")
    (feature,) = page["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [106.63, 30.47]}
    assert feature["properties"]["_is_synthetic"] is True
    assert names(ask("/collections/places/items", bbox="106,30,107,31")) == {"演示地名1", "演示地名2"}
    assert Entry.objects.filter(action="registers.record.read").count() == 0


def test_a_box_across_180_degrees_and_one_with_heights() -> None:
    make_place(1, 179.5, 10)
    make_place(2, -179.5, 10)
    make_place(3, 0, 10)
    assert names(ask("/collections/places/items", bbox="179,0,-179,20")) == {"演示地名1", "演示地名2"}
    assert names(ask("/collections/places/items", bbox="-1,0,-10,1,20,10")) == {"演示地名3"}


def test_pages_lead_through_all_and_no_further() -> None:
    made = {str(make_place(n, 106 + n / 100, 30).uuid) for n in range(7)}
    seen, query = [], {"limit": "3", "bbox": "100,20,110,40"}
    while True:
        page = ask("/collections/places/items", **query)
        seen += [one["id"] for one in page["features"]]
        following = [one["href"] for one in page["links"] if one["rel"] == "next"]
        if not following:
            break
        query = {name: values[0] for name, values in parse_qs(urlsplit(following[0]).query).items()}
    assert (len(seen), set(seen)) == (7, made)
    assert page["numberReturned"] == 1


def test_time_and_one_feature() -> None:
    made = make_place(1, 106, 30)
    assert names(ask("/collections/places/items", datetime="2026-11-20T12:00:00Z/..")) == {"演示地名1"}
    assert names(ask("/collections/places/items", datetime="2020-01-01T00:00:00Z")) == set()
    one = ask(f"/collections/places/items/{made.uuid}")
    assert (one["type"], one["properties"]["place_id"]) == ("Feature", "DM-00001")
    ask("/collections/places/items/00000000-0000-0000-0000-000000000000", status=404)


SQUARE = [[106.0, 30.0], [106.1, 30.0], [106.1, 30.1], [106.0, 30.1], [106.0, 30.0]]


def test_boundaries_of_parcels_only_by_a_purpose_and_who_may() -> None:
    make_parcel(1, SQUARE)
    ask("/collections/parcels", status=404)
    ask("/collections/parcels/items", status=404)
    ask("/collections/parcels/items", status=401, **WHY)
    _actor, token = make_client("map", ["registers.read"], "natural-resources")
    own = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)
    (feature,) = ask("/collections/parcels/items", own, bbox="106.05,30.05,106.06,30.06", **WHY)["features"]
    assert feature["geometry"]["coordinates"] == [SQUARE]
    assert Entry.objects.get(action="registers.record.read").detail["count"] == 1
    official = Client(raise_request_exception=False)
    sign_in(official, make_official("reviewer", "housing").account)
    ask("/collections/parcels/items", official, status=404, **WHY)
    ask("/collections/places/items", official, status=422, purpose="fun", matter="x")


@pytest.mark.parametrize(
    "query",
    [
        {"bbox": "1,2,3"}, {"bbox": "a,b,c,d"}, {"bbox": "1,2,nan,4"}, {"bbox": "0,50,10,40"}, {"bbox": "0,0,181,1"},
        {"limit": "0"}, {"limit": "-1"}, {"limit": "x"}, {"limit": "１"}, {"datetime": "yesterday"},
        {"datetime": "2026-01-01T00:00:00"}, {"datetime": "2026-01-02/2026-01-01"}, {"datetime": "1/2/3"},
        {"datetime": "0001-01-01T00:00:00+23:00"}, {"after": "1"}, {"colour": "red"},
    ],
    ids=lambda query: "-".join(f"{name}={value}" for name, value in query.items()).encode("unicode_escape").decode(),
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_its_name(query) -> None:
    problem = ask("/collections/places/items", status=400, **query)
    assert problem["code"] == "bad-query"
    assert next(iter(query)) in problem["detail"]


def test_a_limit_beyond_the_most_is_the_most() -> None:
    assert read({"limit": "5000"}).limit == 1000
    with pytest.raises(BadQuery):
        read({"limit": ""} | {"limt": "5"})


def test_in_a_box_the_index_is_asked() -> None:
    """For points and for shapes, at a size at which a walk through the table would cost more."""
    for key, columns in (
        ("places", "place_id, name, kind, division, longitude, latitude"),
        ("parcels", "parcel_code, division, area_m2, geometry, " + ", ".join(f"geometry_{side}" for side in BOX)),
    ):  # fmt: skip
        definition = queries.get_register(key)
        shape = shape_of(definition)
        values = (
            "'X' || n, 'x', 'park', '511602', 100 + n / 1000.0, 30" if key == "places" else
            "'X' || n, '511602', 1, '{}'::jsonb, 100 + n / 1000.0, 30, 100.001 + n / 1000.0, 30.1"
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('zt.acting_for', 'civil-affairs,natural-resources', true)")
            cursor.execute(
                f"INSERT INTO {definition.table} (valid_from, recorded_at, act_id, {columns}) "
                f"SELECT '2026-01-01', '2026-01-01', 0, {values} FROM generate_series(1, 5000) n"
            )
            cursor.execute(f"ANALYZE {definition.table}")
        with CaptureQueriesContext(connection) as asked:
            found = finding.find(definition, shape, Asked(box=(102.0, 29.0, 102.01, 31.0)), ["division"])
        assert 8 <= len(found) <= 13
        look = next(one["sql"] for one in asked.captured_queries if "&&" in one["sql"])
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + look)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Index" in plan, plan
        assert definition.table + ("_place" if key == "places" else "_by_geometry") in plan


def test_many_in_a_box_are_walked_in_order(monkeypatch) -> None:
    monkeypatch.setattr(finding, "FEW", 3)
    made = sorted(str(make_place(n, 106 + n / 100, 30).uuid) for n in range(6))
    page = ask("/collections/places/items", bbox="100,20,110,40", limit="4")
    assert [one["id"] for one in page["features"]] == made[:4]


TRIANGLE = [[106.0, 30.0], [106.1, 30.0], [106.0, 30.1], [106.0, 30.0]]


def test_with_postgis_the_shape_itself_has_to_meet_the_box() -> None:
    """Without, its box has to: the corner of a box in which the triangle does not lie is found, too."""
    made = make_parcel(1, TRIANGLE)
    corner = Asked(box=(106.09, 30.09, 106.095, 30.095))
    definition = queries.get_register("parcels")
    found = finding.find(definition, shape_of(definition), corner, ["division"])
    assert [one.uuid for one in found] == [made.uuid]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'")
        is_there = cursor.fetchone()[0]
        if is_there:
            cursor.execute("RESET ROLE")
            cursor.execute("CREATE EXTENSION postgis")
    assert finding.has_postgis() is bool(is_there)
    if is_there:
        assert finding.find(definition, shape_of(definition), corner, ["division"]) == []
        middle = Asked(box=(106.01, 30.01, 106.02, 30.02))
        assert len(finding.find(definition, shape_of(definition), middle, ["division"])) == 1


@pytest.mark.django_db(transaction=True)
def test_a_client_nobody_here_wrote_reads_it(live_server) -> None:
    """OWSLib, over HTTP."""
    from owslib.ogcapi.features import Features

    for number in range(3):
        make_place(number, 106.6 + number / 10, 30.4)
    client = Features(f"{live_server.url}{BASE}/")
    assert client.feature_collections() == ["places"]
    assert any(one.endswith("/conf/geojson") for one in client.conformance()["conformsTo"])
    assert client.api()["openapi"] == "3.0.3"
    assert client.collection("places")["title"]
    found = client.collection_items("places", bbox=[106.55, 30.3, 106.75, 30.5], limit=10)
    assert names(found) == {"演示地名0", "演示地名1"}
    one = client.collection_item("places", found["features"][0]["id"])
    assert one["geometry"]["type"] == "Point"
