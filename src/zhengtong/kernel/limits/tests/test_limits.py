"""Allowances: shared, exact, nobody else's; and the answer of whoever has used his up."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.urls import get_resolver

from zhengtong.access.hall.tests.test_pages import enter
from zhengtong.kernel.clock import now
from zhengtong.kernel.limits import middleware, queries, rules, services
from zhengtong.kernel.limits.models import Allowance
from zhengtong.security.permissions import routes


class TestRules:
    def test_what_an_operator_writes(self):
        limits = rules.parse("search=5/9, *=100/200")
        assert limits["search"] == rules.Limit(5, 9)
        assert limits["read"] == rules.Limit(100, 200)
        assert rules.parse("") == dict(rules.DEFAULTS)
        assert rules.parse("OFF ") == {}

    @pytest.mark.parametrize("text", ["search", "search=5", "search=0/1", "search=a/b", "search=inf/1", "search=nan/1"])
    def test_a_slip_of_the_pen_is_named(self, text):
        with pytest.raises(rules.LimitsUnreadable, match=r"search.*account/network"):
            rules.parse(text)

    def test_an_unknown_class_is_named_with_those_there_are(self):
        with pytest.raises(rules.LimitsUnreadable, match=r"no class serach; there are: sign-in, search"):
            rules.parse("serach=5/9")

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"), ("", "unknown"), ("<x>", "unknown"),
            ("2001:db8:1:2::1%eth0", "2001:db8:1:2::/64"),
        ],
    )  # fmt: skip
    def test_a_subscriber_is_one_network(self, address, network):
        assert rules.network_of(address) == network

    @pytest.mark.parametrize(
        ("path", "method", "route_class"),
        [
            ("/accounts/login/", "POST", "sign-in"), ("/accounts/login/", "GET", "read"), ("/healthz", "GET", "exempt"),
            ("/services/", "GET", "search"), ("/verify/ABC", "GET", "verify"), ("/progress/", "POST", "verify"),
            ("/api/v1/files", "POST", "upload"), ("/api/v1/cases", "GET", "api-read"), ("/", "GET", "read"),
            ("/api/v1/cases", "POST", "api-write"), ("/api/v1/credentials/verify/x", "GET", "verify"),
            ("/api/v1/services", "GET", "search"), ("/nowhere", "GET", "read"), ("/nowhere", "POST", "write"),
            ("/log/tile/0/000", "GET", "published"), ("/pki/ca.crl", "GET", "published"), ("/hall/", "GET", "read"),
            ("/hall/papers/7f0c9a4e-0d4a-4f5a-9d43-0a0000000000.pdf", "GET", "download"),
            ("/hall/drafts/7f0c9a4e-0d4a-4f5a-9d43-0a0000000000/evidence/", "POST", "upload"),
            ("/hall/drafts/7f0c9a4e-0d4a-4f5a-9d43-0a0000000000/evidence/", "GET", "read"),
            ("/workbench/cases/7f0c9a4e-0d4a-4f5a-9d43-0a0000000000/reveal/", "POST", "reveal"),
        ],
    )  # fmt: skip
    def test_routes_say_to_which_class_they_belong(self, path, method, route_class):
        assert middleware.class_of(path, method) == route_class

    def test_the_operators_page_tells_the_limits_in_force(self):
        page = (settings.ROOT / "docs" / "operations" / "running.md").read_text()
        told = {}
        for line in page.partition("## Limits")[2].partition("\n## ")[0].splitlines():
            if line.startswith("| `"):
                names, accounts, networks = (cell.strip().split(", ") for cell in line.split("|")[1:4])
                rows = zip(names, accounts, networks, strict=True)
                told |= {name.strip("`"): rules.Limit(float(a), float(n)) for name, a, n in rows}
        assert told == dict(rules.DEFAULTS)

    def test_every_class_is_declared(self):
        for path, view in routes._views(get_resolver().url_patterns, "/"):
            for method in ("GET", "POST"):
                found = middleware.declared(view, method)
                assert found in {*rules.DEFAULTS, "exempt", ""}, path


@pytest.mark.django_db
class TestAllowance:
    def test_all_at_once_then_one_by_one(self):
        assert [services.take("a", "read", 3) for _ in range(3)] == [0, 0, 0]
        wait = services.take("a", "read", 3)
        assert 0 < wait <= 20  # seconds: a third of a minute
        _rest(timedelta(seconds=wait + 0.1))
        assert services.take("a", "read", 3) == 0
        assert services.take("a", "read", 3) > 0

    def test_nobody_draws_on_anothers(self):
        services.take("a", "read", 1)
        assert services.take("a", "read", 1) > 0
        assert services.take("b", "read", 1) == 0
        assert services.take("a", "write", 1) == 0

    def test_no_address_and_no_account_is_kept(self):
        services.take("192.0.2.7", "read", 1)
        row = Allowance.objects.get()
        assert len(row.key) == 16
        assert b"192" not in bytes(row.key)

    def test_who_has_rested_is_forgotten_and_who_was_refused_is_kept_for_a_day(self):
        at = now()
        services.take("a", "read", 60)
        for _ in range(3):
            services.take("b", "search", 1)
        assert services.sweep(at=at) == 0
        assert services.sweep(at=at + timedelta(minutes=5)) == 1
        (refusals,) = queries.list_refusals(at - timedelta(hours=1))
        assert (refusals.route_class, refusals.clients, refusals.times) == ("search", 1, 2)
        assert services.sweep(at=at + timedelta(hours=25)) == 1

    def test_the_table_is_not_logged(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'kernel_limits_allowance'")
            assert cursor.fetchone() == ("u",)


def _rest(time: timedelta) -> None:
    for row in Allowance.objects.all():
        row.spent_until -= time
        row.save(update_fields=["spent_until"])


@pytest.mark.django_db(transaction=True)
def test_many_processes_grant_no_more_than_there_is() -> None:
    granted: list[bool] = []

    def ask() -> None:
        granted.extend(services.take("a", "read", 20) == 0 for _ in range(15))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == 60
    assert 20 <= sum(granted) <= 21, "one may have grown back meanwhile"


@pytest.fixture
def strict(seeded, settings) -> None:
    settings.ZT_RATE_LIMITS = "*=2/2"


class TestAnswer:
    def test_a_page_says_when_to_come_again_in_the_visitors_language(self, strict):
        client = Client()
        for _ in range(2):
            assert client.get("/verify/").status_code == 200
        answer = client.get("/verify/")
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 30
        assert "请求过于频繁" in answer.content.decode()
        english = client.get("/verify/", headers={"accept-language": "en"}).content.decode()
        assert "Too many requests" in english
        assert "seconds" in english
        assert '<html lang="en"' in english

    def test_a_program_is_told_by_a_problem_document(self, strict):
        client = Client()
        for _ in range(2):
            client.get("/api/v1/services")
        answer = client.get("/api/v1/services")
        assert answer.status_code == 429
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "too-many-requests"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_an_account_is_not_locked_out_by_its_network_nor_by_another_account(self, strict):
        stranger, chen, wang = Client(), enter("chen", "representative"), enter("wang")
        for client in (stranger, chen):
            assert [client.get("/hall/", follow=False).status_code == 429 for _ in range(3)] == [False, False, True]
        assert wang.get("/hall/").status_code == 200

    def test_the_account_counts_wherever_it_signs_in_from(self, strict):
        codes = [enter("chen").get("/hall/", REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(3)]
        assert codes == [200, 200, 429]

    def test_a_false_session_makes_nobody_an_account(self, strict):
        codes = []
        for n in range(3):
            client = Client()
            client.cookies["sessionid"] = f"invented{n}"
            codes.append(client.get("/verify/").status_code)
        assert codes == [200, 200, 429]

    def test_sign_in_has_an_allowance_of_its_own(self, strict):
        client = Client()
        for _ in range(3):
            client.get("/verify/")
        assert client.post("/accounts/login/", {"login": "x", "password": "y"}).status_code == 200

    def test_health_is_always_told(self, strict):
        assert {Client().get("/healthz").status_code for _ in range(5)} == {200}

    def test_it_is_decided_outside_the_transaction_of_the_request(self, settings):
        order = [m.rsplit(".", 1)[1] for m in settings.MIDDLEWARE]
        assert order.index("ActorOfRequest") < order.index("RateLimits") < order.index("IdempotentWrites")

    def test_a_database_that_cannot_count_lets_the_page_answer(self, strict, monkeypatch):
        def broken(*_: object) -> float:
            raise middleware.DatabaseError("no such table")

        monkeypatch.setattr(services, "take", broken)
        assert {Client().get("/verify/").status_code for _ in range(4)} == {200}
