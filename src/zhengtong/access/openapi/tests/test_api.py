"""The interface's manners: problems instead of pages, idempotent writes, the pages' own rules."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.test import Client

from zhengtong.access.hall.tests.test_pages import enter
from zhengtong.applications.cases import queries as case_queries
from zhengtong.applications.cases import services as cases
from zhengtong.applications.cases.models import Case
from zhengtong.applications.cases.tests.conftest import file_case
from zhengtong.config.story.restaurant import SERVICE, Answers, actor, evidence_for, representative
from zhengtong.kernel.clock import now
from zhengtong.kernel.idempotency.models import IdempotentRequest

CASES = "/api/v1/cases"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def problem(answer, status: int) -> dict:
    assert answer.status_code == status, answer.content.decode()[:600]
    assert answer["Content-Type"].startswith("application/problem+json")
    body = json.loads(answer.content)
    assert body["status"] == status
    assert body["title"]
    return body


def post(client: Client, path: str, body: object, key: str | None = None):
    headers = {"Idempotency-Key": key} if key else {}
    content = body if isinstance(body, str) else json.dumps(body)
    return client.post(path, content, content_type="application/json", headers=headers)


def application() -> dict:
    actor = representative("chen", at=now())
    evidence = [
        {
            "requirement_key": e.requirement_key,
            "file_uuid": _text(e.file_uuid),
            "credential_uuid": _text(e.credential_uuid),
        }
        for e in evidence_for(actor, Answers.BUSINESS, at=now())
    ]
    return {"service_key": SERVICE, "data": Answers.BUSINESS, "evidence": evidence}


def _text(value: object) -> str | None:
    return str(value) if value else None


@pytest.fixture
def enterprise(seeded) -> Client:
    return enter("chen", "representative")


def test_it_describes_itself_to_everybody(seeded) -> None:
    described = Client().get("/api/v1/openapi.json").json()
    assert f"{CASES}/{{case_uuid}}" in described["paths"]


def test_an_application_is_filed_once_however_often_it_is_sent(enterprise) -> None:
    body, key = application(), uuid4().hex
    first, again = post(enterprise, CASES, body, key), post(enterprise, CASES, body, key)
    assert first.status_code == again.status_code == 201, first.content.decode()[:600]
    assert first.json()["case"] == again.json()["case"]
    assert first.json()["receipt"]["leaf"] == again.json()["receipt"]["leaf"]
    assert len(first.json()["query_password"]) == 8
    assert again.json()["query_password"] == ""  # told once
    kept = bytes(IdempotentRequest.objects.get(key=key).body)
    assert first.json()["case"]["number"].encode() not in kept
    assert Case.objects.count() == 1
    problem(post(enterprise, CASES, body | {"evidence": []}, key), 422)
    assert Case.objects.count() == 1


def test_a_write_without_a_key_is_refused(enterprise) -> None:
    problem(post(enterprise, CASES, application()), 400)
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "body", ["{", "", "[1,", '{"service_key": "\ud800"}'.encode("utf-8", "surrogatepass").decode("latin-1")]
)
def test_malformed_json_is_refused(enterprise, body) -> None:
    answer = post(enterprise, CASES, body, uuid4().hex)
    assert problem(answer, answer.status_code)
    assert answer.status_code in (400, 422)
    if body in ("{", "[1,"):
        assert answer.status_code == 400


def test_a_body_of_another_shape_names_its_fields(enterprise) -> None:
    body = problem(post(enterprise, CASES, {"service_key": 3}, uuid4().hex), 422)
    assert body["errors"]


def test_faults_of_the_form_are_told_all_at_once(enterprise) -> None:
    body = problem(post(enterprise, CASES, {"service_key": SERVICE, "data": {}}, uuid4().hex), 422)
    assert len(body["errors"]) > 5
    assert not Case.objects.exists()


def test_an_unknown_id_is_not_found(enterprise) -> None:
    problem(enterprise.get(f"{CASES}/{UNKNOWN}"), 404)
    problem(enterprise.get("/api/v1/no/such/thing/"), 404)
    problem(post(enterprise, CASES, {"service_key": "no-such-service", "data": {}}, uuid4().hex), 404)


def test_a_stranger_is_told_to_sign_in(seeded) -> None:
    problem(Client().get(CASES), 401)
    problem(post(Client(), CASES, {}, uuid4().hex), 401)


def test_another_partys_case_stays_closed(seeded) -> None:
    case = file_case()
    answer = enter("wang").get(f"{CASES}/{case.uuid}")
    assert problem(answer, answer.status_code)["status"] in (403, 404)
    assert case.number not in answer.content.decode()


def test_every_case_can_be_reached_page_by_page(enterprise, monkeypatch) -> None:
    monkeypatch.setattr(case_queries.list_own, "__kwdefaults__", {**case_queries.list_own.__kwdefaults__, "limit": 2})
    monkeypatch.setattr(
        case_queries.list_queue, "__kwdefaults__", {**case_queries.list_queue.__kwdefaults__, "limit": 2}
    )
    filed = [str(file_case().uuid) for _ in range(5)]
    for client, path in ((enterprise, CASES), (enter("window"), f"{CASES}/queue")):
        seen: list[str] = []
        while page := client.get(path, {"before": seen[-1]} if seen else {}).json():
            assert len(page) <= 2
            seen += [case["uuid"] for case in page]
        assert seen == filed[::-1]
        problem(client.get(path, {"before": UNKNOWN}), 404)
        problem(client.get(path, {"before": "9" * 5000}), 422)
    assert problem(enter("wang").get(CASES, {"before": filed[0]}), 403)


def test_a_stale_act_is_refused(seeded) -> None:
    case, window = file_case(), enter("window")
    assert post(window, f"{CASES}/{case.uuid}/accept", {"revision": 1}, uuid4().hex).status_code == 200
    answer = post(
        window,
        f"{CASES}/{case.uuid}/refuse",
        {"revision": 1, "reason": "不属于本机关职权范围，请向有关机关申请。"},
        uuid4().hex,
    )
    problem(answer, 409)


def test_a_file_that_is_not_what_it_says_is_refused(enterprise) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("图纸.pdf", b"MZ\x90\x00" + b"\x00" * 200, "application/pdf")
    answer = enterprise.post("/api/v1/files", {"file": file}, headers={"Idempotency-Key": uuid4().hex})
    assert problem(answer, answer.status_code)["status"] in (415, 422)


def test_a_supplement_notice_is_answered_through_the_interface(enterprise) -> None:
    case = file_case(now())
    cases.request_supplement(
        actor=actor("window", at=now()), case_uuid=case.uuid, at=now(),
        items=[{"requirement_key": "floor-plan", "what": "标明安全出口"}],
    )  # fmt: skip
    whole = application()
    body = {"data": whole["data"] | {"seats": 90}, "evidence": whole["evidence"]}
    answer = post(enterprise, f"{CASES}/{case.uuid}/supplement", body, f"supplement-{uuid4()}")
    assert answer.status_code == 200, answer.content.decode()[:600]
    assert answer.json()["case"]["status"] == "submitted"
    assert answer.json()["receipt"]
    problem(post(enterprise, f"{CASES}/{case.uuid}/supplement", body, f"supplement-{uuid4()}"), 409)
