"""Nothing a client sends becomes a 500, and every refusal says how to mend it."""

import logging

import pytest
from django.contrib.contenttypes.models import ContentType
from django.template.loader import get_template

from zhengtong.kernel.design import problems

from .urls import FAULTS

KEY = "0123456789abcdef"
JSON = {"accept": "application/json"}
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("name", "status"), [(name, status) for name, (_, status) in FAULTS.items()])
def test_every_fault_has_its_status_and_a_page(client, name, status):
    answer = client.get(f"/fail/{name}/")
    assert answer.status_code == status
    page = answer.content.decode()
    assert '<html lang="zh-CN"' in page
    assert "回到首页" in page
    assert "secret detail" not in page
    assert answer.problem.status == status


@pytest.mark.parametrize("name", FAULTS)
def test_programs_get_a_problem_document(client, name):
    for answer in (client.get(f"/api/fail/{name}"), client.get(f"/fail/{name}/", headers=JSON)):
        assert answer.headers["Content-Type"] == "application/problem+json"
        document = answer.json()
        assert document["status"] == answer.status_code
        assert document["type"] == f"urn:zhengtong:problem:{document['code']}"
        assert document["title"]
        assert "secret" not in answer.content.decode()


def test_a_document_names_the_fields(client):
    assert client.get("/api/fail/invalid").json()["errors"] == [{"path": "area_m2", "message": "请填写大于 0 的数字。"}]


def test_a_page_leads_to_the_fields(client):
    page = client.get("/fail/invalid/").content.decode()
    assert 'href="#f-area_m2"' in page
    assert "面积" in page


def test_headers_of_a_refusal_are_sent(client):
    assert client.get("/fail/unavailable/").headers["Retry-After"] == "7"


def test_it_speaks_english(client):
    page = client.get("/nowhere/", headers={"accept-language": "en-GB,en;q=0.9"}).content.decode()
    assert '<html lang="en"' in page
    assert "There is nothing at this address" in page


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_an_unknown_address_is_404_by_any_method(client, method):
    assert getattr(client, method)("/nowhere/").status_code == 404


def test_a_method_that_does_not_fit_says_which_would(client):
    answer = client.post("/services/", {"idempotency_key": KEY})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert "回到首页" in answer.content.decode()


def test_the_unforeseen_is_logged_with_its_cause(client, caplog):
    with caplog.at_level(logging.ERROR, logger="django.request"):
        client.get("/fail/unforeseen/")
    assert "secret detail" in caplog.text


class TestBadInput:
    def test_nul_in_the_address(self, client):
        assert client.get("/look-up/?q=a%00b").status_code == 400

    def test_nul_in_a_form(self, client):
        assert client.post("/store/", {"idempotency_key": KEY, "name": "a\0b"}).status_code == 400

    def test_a_text_too_long_for_its_column(self, client):
        answer = client.post("/store/", {"idempotency_key": KEY, "name": "字" * 200})
        assert answer.status_code == 400
        assert "无法保存" in answer.content.decode()
        assert not ContentType.objects.filter(model="x").exists()

    @pytest.mark.parametrize("body", [b"", b"{", b'{"name": }', b"\xff\xfe"])
    def test_malformed_json(self, client, body):
        answer = client.post("/read-json/", body, content_type="application/json", headers=JSON)
        assert answer.status_code == 400
        assert answer.json()["detail"]

    def test_a_broken_multipart_body(self, client):
        answer = client.post("/store/", b"nonsense", content_type="multipart/form-data")
        assert answer.status_code == 400

    def test_text_beyond_the_limit_of_django(self, client, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
        answer = client.post("/store/", {"idempotency_key": KEY, "name": "a" * 2000})
        assert answer.status_code == 413

    def test_an_unknown_host(self, client):
        assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400


def test_a_form_without_its_token_says_why():
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post("/protected/", {})
    assert answer.status_code == 403
    assert "Cookie" in answer.content.decode()


def test_if_the_page_itself_fails_the_bare_one_answers(client, monkeypatch):
    broken = get_template("design/problem.html")
    monkeypatch.setattr(type(broken), "render", _fail_in_a_shell(type(broken).render))
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


def _fail_in_a_shell(render):
    def replaced(self, context=None, request=None):
        if request is not None:
            raise RuntimeError("a menu is broken")
        return render(self, context, request)

    return replaced


def test_error_texts_are_collected_for_translation():
    """Texts of kernel.errors stand in no room; `error_texts` repeats them."""
    from zhengtong.kernel import errors
    from zhengtong.kernel.design.error_texts import TEXTS

    known = {str(text) for text in TEXTS}
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, errors.ZhengtongError)]
    said = {str(text) for kind in kinds for text in (kind.title, kind.remedy) if text}
    assert said <= known, said - known


def test_deadlocks_ask_to_try_again():
    from django.db import OperationalError

    fault = OperationalError("deadlock detected")
    fault.__cause__ = type("Cause", (Exception,), {"sqlstate": "40P01"})()
    assert problems.from_exception(fault).status == 503


def test_a_database_that_is_gone_is_503_and_asks_nothing_more_of_it():
    """Also where it fails outside every view (a COMMIT, the look-up of a session): handler500 knows the exception."""
    from django.db import InterfaceError, OperationalError
    from django.test import RequestFactory

    from zhengtong.kernel.design import views

    for fault in (OperationalError("the server is gone"), InterfaceError("the connection is closed")):
        assert problems.from_exception(fault).status == 503
        request = RequestFactory().get("/", headers={"accept": "text/html"})
        assert problems.answer(request, problems.from_exception(fault)).headers["Retry-After"] == "5"
        try:
            raise fault
        except type(fault):
            assert views.fail(request).status_code == 503
    try:
        raise KeyError
    except KeyError:
        assert views.fail(RequestFactory().get("/")).status_code == 500
