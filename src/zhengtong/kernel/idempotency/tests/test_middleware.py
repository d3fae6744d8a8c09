"""The promises of the README, through HTTP."""

import threading
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from zhengtong.kernel import clock
from zhengtong.kernel.idempotency import providers, services
from zhengtong.kernel.idempotency.models import IdempotentRequest

from . import urls

KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _our_urls(settings):
    settings.ROOT_URLCONF = "zhengtong.kernel.idempotency.tests.urls"
    urls.runs.clear()
    urls.entered.clear()
    urls.may_end.clear()


@pytest.fixture(autouse=True)
def _our_cipher(monkeypatch):
    """The kernel knows no keys: here a text is sealed by turning it round."""
    seal = lambda text: text[::-1].encode()  # noqa: E731
    monkeypatch.setattr(providers, "cipher", providers.Cipher(seal, lambda sealed: sealed.decode()[::-1]))


def written() -> int:
    return Session.objects.filter(session_data="idempotency_test").count()


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.mark.django_db
class TestOneRequest:
    def test_a_repeat_gets_the_same_answer_and_does_nothing(self, client):
        first = client.post("/write/", {"idempotency_key": KEY, "name": "张三"})
        second = client.post("/write/", {"idempotency_key": KEY, "name": "张三"})
        assert (first.status_code, second.status_code) == (302, 302)
        assert second.headers["Location"] == first.headers["Location"] == "/done/"
        assert second.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first.headers
        assert written() == 1

    def test_the_csrf_token_does_not_count(self, client):
        client.post("/write/", {"idempotency_key": KEY, "csrfmiddlewaretoken": "a"})
        again = client.post("/write/", {"idempotency_key": KEY, "csrfmiddlewaretoken": "b"})
        assert again.status_code == 302

    @pytest.mark.parametrize("key", ["", "short", "x" * 101, "有中文的编号有中文的编号"])
    def test_without_a_usable_key_400_with_the_remedy(self, client, key):
        answer = client.post("/write/", {"idempotency_key": key})
        assert answer.status_code == 400
        assert "刷新" in answer.content.decode()
        assert urls.runs == []

    def test_another_body_is_422(self, client):
        client.post("/write/", {"idempotency_key": KEY, "name": "a"})
        answer = client.post("/write/", {"idempotency_key": KEY, "name": "b"}, headers={"accept": "application/json"})
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "idempotency-key-reused"

    def test_files_count_by_content(self, client):
        def send(content):
            return client.post("/write/", {"idempotency_key": KEY, "f": SimpleUploadedFile("a.txt", content)})

        assert [send(b"one").status_code, send(b"one").status_code, send(b"two").status_code] == [302, 302, 422]
        assert written() == 1

    def test_the_header_serves_programs(self, client):
        def send(body):
            return client.post("/write/", body, content_type="application/json", headers={"idempotency-key": KEY})

        assert [send("{}").status_code, send("{}").status_code, send('{"a":1}').status_code] == [302, 302, 422]

    def test_a_key_counts_for_its_route_only(self, client):
        client.post("/write/", {"idempotency_key": KEY})
        client.post("/stream/", {"idempotency_key": KEY})
        assert written() == 2

    @pytest.mark.parametrize(("page", "status"), [("refuse", 409), ("reject", 422), ("crash", 500)])
    def test_errors_undo_everything_and_are_not_kept(self, client, page, status):
        for _ in range(2):
            assert client.post(f"/{page}/", {"idempotency_key": KEY}).status_code == status
        assert len(urls.runs) == 2  # run anew
        assert written() == 0
        assert IdempotentRequest.objects.count() == 0

    def test_an_unknown_address_is_404_not_400(self, client):
        assert client.post("/nowhere/", {}).status_code == 404

    def test_a_stream_is_not_kept_but_not_done_twice(self, client):
        assert client.post("/stream/", {"idempotency_key": KEY}).status_code == 200
        assert client.post("/stream/", {"idempotency_key": KEY}).status_code == 409
        assert written() == 1

    def test_what_is_kept_is_sealed_and_a_secret_is_told_once(self, client):
        first = client.post("/secret/", {"idempotency_key": KEY})
        again = client.post("/secret/", {"idempotency_key": KEY})
        assert first.json() == {"number": "0001", "password": "ABCD2345"}
        assert again.json() == {"number": "0001", "password": ""}
        kept = bytes(IdempotentRequest.objects.get().body)
        assert b"number" not in kept
        assert b"ABCD2345" not in kept
        assert b"5432DCBA" not in kept

    def test_an_answer_sealed_under_a_lost_key_is_not_done_twice(self, client, monkeypatch):
        client.post("/secret/", {"idempotency_key": KEY})

        def lost(_sealed):
            raise ValueError("another key")

        monkeypatch.setattr(providers, "cipher", providers.Cipher(lost, lost))
        assert client.post("/secret/", {"idempotency_key": KEY}).status_code == 409
        assert written() == 1

    def test_an_exempt_view_needs_no_key(self, client):
        assert client.post("/look_up/", {}).content == b"found"

    def test_reading_needs_no_key(self, client):
        assert client.get("/look_up/").status_code == 200

    def test_pruned_after_a_day(self, client):
        client.post("/write/", {"idempotency_key": KEY})
        now = clock.now()
        assert services.prune(at=now + timedelta(hours=23)) == 0
        assert services.prune(at=now + timedelta(hours=25)) == 1


@pytest.fixture
def _real_transactions(django_db_setup, django_db_blocker):
    """Commits are real; what the test wrote is removed afterwards."""
    with django_db_blocker.unblock():
        yield
        Session.objects.filter(session_data="idempotency_test").delete()
        IdempotentRequest.objects.all().delete()
        connection.close()


def _post_in_thread(path, answers):
    def run():
        try:
            answers.append(Client(raise_request_exception=False).post(path, {"idempotency_key": KEY}))
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.usefixtures("_real_transactions")
def test_two_at_once_with_one_key_are_done_once():
    answers: list = []
    first = _post_in_thread("/slow/", answers)
    assert urls.entered.wait(10)
    second = _post_in_thread("/slow/", answers)
    deadline = clock.now() + timedelta(seconds=10)
    while not _waits_for_a_lock():
        assert clock.now() < deadline, "the second request did not wait"
    urls.may_end.set()
    first.join(10)
    second.join(10)
    assert [a.status_code for a in answers] == [201, 201]
    assert [a.json() for a in answers] == [{"run": 1}, {"run": 1}]
    assert sorted(a.headers.get("Idempotency-Replayed", "") for a in answers) == ["", "true"]
    assert written() == 1
