"""The JSON interface of registers: systems and officials, keys in bodies, problems that say what to mend."""

from __future__ import annotations

import json
import uuid

import pytest
from django.test import Client

from zhengtong.resources.registers import queries
from zhengtong.resources.registers.tests.factories import make_legal_entity, make_person
from zhengtong.security.identity.tests.factories import make_official, sign_in
from zhengtong.security.sso.tests.factories import make_client

pytestmark = pytest.mark.django_db
WHY = {"purpose": "licensing", "matter": "办件 2026-0007"}
BASE = "/api/v1/registers"


@pytest.fixture
def system():
    _actor, token = make_client("reader", ["registers.read", "registers.verify"])
    return Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)


def send(client, path, status=200, **body):
    answer = client.post(f"{BASE}/{path}", json.dumps({**WHY, **body}), content_type="application/json")
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def test_a_system_reads_what_is_open_and_its_own(system) -> None:
    entity, person = make_legal_entity(phone="19912345678"), make_person()
    read = send(system, "legal-entities/read", key={"uscc": entity["uscc"]})
    assert read["fields"]["phone"]["value"] == "19912345678"
    assert read["fields"]["registered_capital_fen"]["value"] == 50_000_000
    seen = send(system, "population/read", key={"id_number": person["id_number"]})["fields"]
    assert (seen["name"]["value"], seen["name"]["sight"]) == ("王**", "masked")
    assert (seen["sex"]["value"], seen["sex"]["sight"]) == (None, "absent")


def test_a_batch_a_verification_and_a_record_as_of_a_day(system) -> None:
    entity, person = make_legal_entity(), make_person()
    key, other = {"uscc": entity["uscc"]}, {"uscc": "91510100MA6DEMO017"}
    answers = send(system, "legal-entities/batch", keys=[key])
    assert [one["uuid"] for one in answers] == [str(entity.uuid)]
    verdicts = send(
        system, "population/verify", key={"id_number": person["id_number"]}, claims={"name": "王演示", "sex": "2"}
    )
    assert verdicts == {"verdicts": {"name": "yes", "sex": "no"}}
    assert send(system, "legal-entities/history", key=key, on="2026-11-20")["uuid"] == str(entity.uuid)
    send(system, "legal-entities/history", 404, key=key, on="2020-01-01")
    assert send(system, "legal-entities/read", 422, key=other)["status"] == 422


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("legal-entities/read", {"key": {}}, 422), ("legal-entities/read", {"key": {"name": "x"}}, 422),
        ("legal-entities/read", {}, 422), ("nowhere/read", {"key": {"uscc": "x"}}, 404),
        ("legal-entities/read", {"key": {"uscc": "x"}, "purpose": "fun"}, 422),
        ("legal-entities/batch", {"keys": []}, 422),
        ("population/verify", {"key": {"id_number": "1"}, "claims": {}}, 422),
        ("legal-entities/read", {"key": {"uscc": "\x00"}}, 422),
        ("legal-entities/history", {"key": {"uscc": "x"}, "on": "never"}, 422),
    ],
)  # fmt: skip
def test_bad_input_is_a_problem_with_its_fields(system, path, body, status) -> None:
    assert send(system, path, status, **body)["status"] == status


def test_officials_may_and_others_may_not() -> None:
    entity = make_legal_entity()
    for role, status in (("reviewer", 200), ("window_clerk", 403)):
        client = Client(raise_request_exception=False)
        sign_in(client, make_official(role, "housing").account)
        assert send(client, "legal-entities/read", status, key={"uscc": entity["uscc"]})
    assert send(Client(), "legal-entities/read", 401, key={"uscc": entity["uscc"]})


def test_a_definition_and_its_openapi_have_typed_fields(system) -> None:
    listed = system.get(BASE).json()
    assert {one["key"] for one in listed} == set(queries.definitions())
    for one in listed:
        definition = system.get(f"{BASE}/{one['key']}").json()
        described = system.get(f"{BASE}/{one['key']}/openapi.json").json()
        fields = described["components"]["schemas"]["Record"]["properties"]["fields"]["properties"]
        assert set(fields) == {f["name"] for f in definition["fields"] if f["type"] != "urn"}
        assert described["openapi"] == "3.1.0"
    claims = system.get(f"{BASE}/population/openapi.json").json()["components"]["schemas"]["Claims"]["properties"]
    assert claims["birth_date"] == {"type": "string", "format": "date"}
    assert sorted(claims["status"]["enum"]) == sorted(["active", "moved_out", "deceased", "merged"])
    assert system.get(f"{BASE}/{uuid.uuid4().hex}").status_code == 404
