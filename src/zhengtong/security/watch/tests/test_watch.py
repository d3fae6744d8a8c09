"""What wants attention is found, told once a day, and nothing else is."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client

from zhengtong.access.hall.tests.test_pages import MOST_QUERIES, enter
from zhengtong.kernel.actors import ANONYMOUS, Actor, Capacity, system_actor
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict
from zhengtong.security.audit import services as audit
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests.factories import make_official
from zhengtong.security.permissions import services as permissions
from zhengtong.security.watch import integrity, queries, rules, services


class TestRules:
    @pytest.mark.parametrize(
        ("today", "mean", "spread", "usual", "unusual"),
        [
            (19, 0, 0, 0, False),  # few are never unusual
            (20, 0, 0, 0, True),  # who never reads, reads twenty
            (90, 80, 5, 8, False),  # much, but as always
            (100, 80, 5, 8, True),
            (100, 80, 5, 40, False),  # so do the colleagues
            (40, 10, 12, 5, False),  # one's days differ much
        ],
    )
    def test_a_reader_of_unusually_many(self, today, mean, spread, usual, unusual):
        reading = rules.Reading("urn:x", today, mean, spread, usual)
        assert reading.is_unusual is unusual
        assert (reading.today > reading.expected) is unusual
        assert bool(rules.of_readings([reading])) is unusual

    def test_failures_of_one_network(self):
        rows = [rules.Failures("192.0.2.1", 30, 6, 2), rules.Failures("192.0.2.2", 29, 29, 0)]
        (finding,) = rules.of_sign_ins(rows)
        assert finding.severe
        assert "192.0.2.1" in finding.title["zh"]
        assert "30 failed" in finding.title["en"]


def official(name: str) -> Actor:
    account = identity.find_account(name)
    assert account
    return identity.actor_for_account(account, at=now(), mfa=True)


def put(action: str, actor: Actor, count: int, recorded: datetime, **more: Any) -> None:
    """Rows of the log as of that moment (its clock is the database's)."""
    with transaction.atomic():
        for _ in range(count):
            if more.get("outcome") == "denied":
                entry = audit.record_denial(actor, action, "urn:x", at=recorded, reason="test")
            else:
                entry = audit.record(actor, action, "urn:x", at=recorded, **more)
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE security_audit_entry SET recorded_at = %s WHERE uuid = %s", [recorded, entry.uuid]
                )


@pytest.fixture
def at(seeded) -> datetime:
    return now()


def test_failed_sign_ins_are_counted_by_network(at) -> None:
    for n in range(31):  # passwords and codes alike
        action = "identity.code.refused" if n % 2 else "identity.session.refused"
        put(action, ANONYMOUS, 1, at, detail={"ip": f"2001:db8:1:2::{n:x}"})
    put("identity.session.locked_out", ANONYMOUS, 1, at, detail={"ip": "2001:db8:1:2::9"})
    put("identity.session.refused", ANONYMOUS, 40, at - timedelta(hours=25), detail={"ip": "192.0.2.1"})
    assert queries.look_back(at).failures == [rules.Failures("2001:db8:1:2::/64", 31, 1, 1)]


def test_refusals_are_counted_by_account(at) -> None:
    for action, count in (("cases.case.decide", 15), ("cases.case.read", 6)):
        put(action, official("food"), count, at, outcome="denied")
    (row,) = queries.look_back(at).denials
    assert (row.action, row.times) == ("cases.case.decide", 21)
    assert len(rules.of_denials([row])) == 1


def test_todays_reader_is_compared_with_himself_and_with_others(at) -> None:
    read = "audit.personal_data.read"
    for day in range(1, 11):
        put(read, official("food"), 4, at - timedelta(days=day, hours=1))
        put(read, official("fire"), 30, at - timedelta(days=day, hours=1))
    put(read, official("food"), 60, at)
    put(read, official("fire"), 31, at)
    put(read, official("window"), 3, at)
    rows = {row.actor_urn: row for row in queries.look_back(at).readings}
    assert {urn for urn, row in rows.items() if row.is_unusual} == {official("food").urn}
    food = rows[official("food").urn]
    assert (food.today, food.own_mean, food.own_spread) == (60, 4, 0)
    assert food.usual == 17


def test_backups_and_rehearsals_are_known_by_the_log(at) -> None:
    assert queries.overview(at).backup_at is None
    put("audit.backup.taken", system_actor("x"), 1, at - timedelta(days=2), detail={"backup": "a"})
    put("audit.backup.rehearsed", system_actor("x"), 1, at - timedelta(days=3), detail={"ok": True})
    put("audit.backup.rehearsed", system_actor("x"), 1, at - timedelta(days=1), detail={"ok": False})
    seen = queries.overview(at)
    assert (seen.backup_at, seen.drill_at, seen.drill_ok) == (at - timedelta(days=2), at - timedelta(days=1), False)
    assert {finding.key for finding in seen.findings} >= {"drill"}
    assert "backup" not in {finding.key for finding in seen.findings}


def test_an_applicants_look_at_his_own_is_none_of_it(at) -> None:
    resident = Actor("urn:zhengtong:511602-e:identity:account:0", Capacity.RESIDENT)
    put("audit.personal_data.read", resident, 50, at)
    assert queries.look_back(at).readings == []


class TestAlarms:
    FINDING = rules.Finding("k", {"zh": "坏事", "en": "Bad"}, severe=True)

    def test_once_a_day_with_an_entry_and_a_letter(self, at, settings) -> None:
        settings.EMAIL_HOST, settings.ZT_ALARM_MAIL = "mail.example", ["officer@example.gov.cn"]
        settings.ZT_BASE_URL = "https://hall.example"
        assert services.raise_alarm(self.FINDING, at=at)
        assert not services.raise_alarm(self.FINDING, at=at + timedelta(hours=23))
        assert services.raise_alarm(self.FINDING, at=at + timedelta(hours=25))
        assert len(mail.outbox) == 2
        assert mail.outbox[0].to == ["officer@example.gov.cn"]
        assert "【严重】坏事" in mail.outbox[0].subject
        assert "https://hall.example/workbench/security/" in mail.outbox[0].body
        assert [one.title["en"] for one in queries.list_records(at)["watch.alarm.raised"]] == ["Bad", "Bad"]

    def test_a_letter_that_cannot_go_is_tried_again(self, at, settings, monkeypatch) -> None:
        settings.EMAIL_HOST, settings.ZT_ALARM_MAIL = "mail.example", ["officer@example.gov.cn"]

        def broken(*_: object) -> None:
            raise OSError("no route")

        monkeypatch.setattr(services, "send_mail", broken)
        with pytest.raises(OSError, match="no route"):
            services.raise_alarm(self.FINDING, at=at)
        monkeypatch.undo()
        assert services.raise_alarm(self.FINDING, at=at)

    def test_without_a_mail_server_it_is_on_record(self, at, settings) -> None:
        settings.ZT_ALARM_MAIL = ["officer@example.gov.cn"]
        assert services.raise_alarm(self.FINDING, at=at)
        assert mail.outbox == []


@pytest.fixture
def installed(tmp_path, settings):
    settings.ZT_HOME, settings.PACKAGE, settings.STATIC_ROOT = tmp_path, tmp_path / "src", tmp_path / "static"
    for name, text in (("src/a.py", "1"), ("src/b/c.html", "<p>"), ("src/x.pyc", "x"), ("static/s.png", "p")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


class TestIntegrity:
    def test_the_first_look_records_and_the_next_compares(self, at, installed) -> None:
        assert integrity.compare() == integrity.Integrity(None)
        services.look(at=at)
        found = integrity.compare()
        assert found.ok
        assert found.files == 3

    def test_every_kind_of_change_is_named(self, at, installed) -> None:
        services.record_manifest(actor=system_actor("test"), at=at)
        (installed / "src/a.py").write_text("2")
        (installed / "src/b/c.html").unlink()
        (installed / "static/new.js").write_text("alert(1)")
        found = integrity.compare()
        assert (found.changed, found.missing, found.added) == (
            ("program/a.py",), ("program/b/c.html",), ("static/new.js",),
        )  # fmt: skip
        (finding,) = queries._of_files(found)
        assert finding.severe
        services.look(at=at)
        assert not integrity.compare().ok, "looking never swears to what it finds"

    @pytest.mark.parametrize("forge", ["entry", "code", "nonsense"])
    def test_a_forged_manifest_is_found(self, at, installed, forge) -> None:
        services.record_manifest(actor=system_actor("test"), at=at)
        (installed / "src/a.py").write_text("2")
        told = json.loads(integrity.path().read_text())
        if forge == "entry":
            told["files"] = integrity.fingerprints()
        elif forge == "code":
            told["mac"] = "0" * 64
        integrity.path().write_text("{" if forge == "nonsense" else json.dumps(told))
        found = integrity.compare()
        assert found.forged
        assert not found.ok
        assert queries._of_files(found)


class TestPage:
    def test_it_asks_few_queries_however_much_happened(self, at, django_assert_max_num_queries) -> None:
        for name in ("food", "fire", "window"):
            put("cases.case.decide", official(name), 3, at, outcome="denied")
            put("audit.personal_data.read", official(name), 25, at)
        officer = enter("security")
        assert officer.get("/workbench/security/").status_code == 200
        with django_assert_max_num_queries(MOST_QUERIES):
            page = officer.get("/workbench/security/").content.decode()
        assert "food" in page
        assert "一名工作人员今天查看个人信息原文 25 次" in page

    @pytest.mark.parametrize("username", ["admin", "auditor", "window"])
    def test_it_is_the_security_officers_alone(self, at, username) -> None:
        assert enter(username).get("/workbench/security/").status_code == 403
        assert Client().get("/workbench/security/").status_code == 302

    @pytest.mark.parametrize("other", ["administrator", "auditor"])
    def test_nobody_is_two_of_the_three(self, at, other) -> None:
        held = make_official("security_officer")
        post = official(held.account.username).posts[0].uuid
        with pytest.raises(Conflict, match="同一人"):
            permissions.bind_role(actor=system_actor("test"), role=other, post_uuid=post, at=at)
