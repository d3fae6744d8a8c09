"""The hot look-up: another department's system asks the gateway's own process, and is told field by field what the web
would tell it; the log holds the same of both, and verifies."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.gateway import Gateway, running_gateway
from zhengtong.config.cli.audit import command as audit_command
from zhengtong.kernel.clock import now
from zhengtong.kernel.identifiers import synthetic_id_number
from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.tests.factories import make_legal_entity, make_person
from zhengtong.security.audit import services as audit
from zhengtong.security.audit.models import Entry
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity.tests.factories import make_official
from zhengtong.security.signing import queries as signing_queries
from zhengtong.security.signing import services as signing
from zhengtong.security.signing.models import Certificate
from zhengtong.security.sso.models import System, SystemKey, Token
from zhengtong.security.sso.rules import digest_of
from zhengtong.security.sso.tests.factories import OPERATOR, make_client

WHY = {"purpose": "licensing", "matter": "办件 2026-0007"}
LIMITS = {"ZT_RATE_LIMITS": "*=100000/100000"}
COLUMNS = ("actor_urn", "on_behalf_urn", "capacity", "action", "object_urn", "outcome", "purpose", "detail", "subjects")


@pytest.fixture(scope="module")
def gateway(seeded_database: str, django_db_blocker: Any) -> Iterator[Gateway]:
    from django.conf import settings

    before, settings.ZT_RATE_LIMITS = settings.ZT_RATE_LIMITS, LIMITS["ZT_RATE_LIMITS"]
    with running_gateway(seeded_database, **LIMITS) as made:
        yield made
    settings.ZT_RATE_LIMITS = before


@pytest.fixture(scope="module")
def person(gateway) -> queries.Entry:
    return make_person(former_name="王从前", address_text="演示路1号")


@pytest.fixture
def system(gateway) -> tuple[Any, str]:
    return make_client(f"reader-{uuid.uuid4().hex[:8]}", ["registers.read"], "market-regulation")


def grant(*fields: str, until=None):
    police = make_official("decider", "public-security").actor
    consumer = directory.find_organisation("market-regulation").uuid
    return services.grant_reading(
        actor=police, register="population", authority="public-security", consumer_uuid=consumer, fields=fields,
        purposes=["licensing"], basis="食品安全法第三十五条", at=now(), until=until,
    )  # fmt: skip


class Both:
    """The same question to the web and to the gateway: the same answer, and the same entry in the log."""

    def __init__(self, gateway: Gateway, token: str | None) -> None:
        self.gateway, self.token = gateway, token

    def ask(
        self, register: str = "population", *, entries: int = 1, lang: str = "zh", raw: bytes | None = None, **body: Any
    ) -> tuple[int, Any]:
        sent = raw if raw is not None else json.dumps({**WHY, **body}).encode()
        newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        headers = {"Accept-Language": lang} | (
            {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        )
        client = Client(headers=headers, raise_request_exception=False)
        web = client.post(f"/api/v1/registers/{register}/read", sent, content_type="application/json")
        status, told, _headers = self.gateway.send(
            f"/g/registers/{register}/lookup", sent, self.token, **{"Accept-Language": lang}
        )
        assert (status, told) == (web.status_code, web.json())
        written = list(Entry.objects.filter(id__gt=newest).order_by("id").values(*COLUMNS))
        assert len(written) == 2 * entries, written
        assert written[:entries] == written[entries:]
        return status, told


def key_of(person) -> dict[str, str]:
    return {"id_number": person["id_number"]}


def test_no_django_in_the_process() -> None:
    code = "import sys, zhengtong.access.gateway.app; print(sorted({m.split('.')[0] for m in sys.modules}))"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(root / "src")}, capture_output=True, text=True, check=True
    )
    assert "starlette" in done.stdout
    assert not {"django", "ninja", "wagtail"} & set(eval(done.stdout))


def test_whole_masked_and_absent_as_on_the_web(gateway, system, person) -> None:
    both = Both(gateway, system[1])
    _status, told = both.ask(key=key_of(person))
    before = {name: one["sight"] for name, one in told["fields"].items()}
    assert (before["name"], before["id_number"], before["sex"]) == ("masked", "masked", "absent")
    given = grant("name", "birth_date")
    _status, told = both.ask(key=key_of(person))
    assert told["fields"]["name"] == {
        "value": "王演示", "sight": "whole", "source": {"zh": "人口基础信息", "en": "population register"},
        "is_disputed": False,
    }  # fmt: skip
    assert told["fields"]["birth_date"]["value"] == str(person["birth_date"])
    assert told["fields"]["sex"] == {**told["fields"]["sex"], "value": None, "sight": "absent"}
    _status, told = both.ask(key=key_of(person), purpose="supervision")
    assert told["fields"]["name"]["sight"] == "masked", "granted for another purpose"
    services.revoke_grant(
        actor=make_official("decider", "public-security").actor, grant_uuid=given.uuid, reason="不再需要", at=now()
    )
    _status, told = both.ask(key=key_of(person))
    assert told["fields"]["name"]["sight"] == "masked", "revoked"
    ended = grant("name", until=now().date() + timedelta(days=1))
    type(ended).objects.filter(pk=ended.pk).update(
        since=now().date() - timedelta(days=9), until=now().date() - timedelta(days=2)
    )
    _status, told = both.ask(key=key_of(person))
    assert told["fields"]["name"]["sight"] == "masked", "run out"


def test_a_company_of_ones_own_register_and_numbers(gateway, system) -> None:
    entity = make_legal_entity(phone="19912345678")
    _status, told = Both(gateway, system[1]).ask("legal-entities", key={"uscc": entity["uscc"]})
    assert told["fields"]["phone"]["value"] == "19912345678"
    assert told["fields"]["registered_capital_fen"]["value"] == 50_000_000
    other = make_client(f"housing-{uuid.uuid4().hex[:8]}", ["registers.read"], "housing")[1]
    _status, told = Both(gateway, other).ask("legal-entities", key={"uscc": entity["uscc"]})
    assert told["fields"]["phone"]["sight"] != "whole"


def test_every_register_in_force_answers(gateway, system) -> None:
    both, seen = Both(gateway, system[1]), set()
    for register, definition in queries.definitions().items():
        from zhengtong.resources.registers import rows

        for row in rows.select(definition, "true", [], limit=2):
            key = {name: str(rows.opened(row.values[name])) for name in definition.keys[0]}
            assert both.ask(register, key=key)[0] == 200
            seen.add(register)
    assert {"population", "legal-entities", "premises"} <= seen


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_refused_is_refused_alike_in_both_languages(gateway, system, person, lang) -> None:
    both = Both(gateway, system[1])
    nobody = synthetic_id_number(7, born=date(1903, 3, 7))
    assert both.ask(key={"id_number": nobody}, lang=lang)[0] == 404, "that it was asked for is on record"
    for register, body in (
        ("population", {"key": {"name": "王演示"}}), ("population", {"key": {}}),
        ("population", {"key": {"id_number": "511602199001010011"}}), ("population", {"key": {"id_number": ""}}),
        ("population", {"key": {"id_number": "\x00"}}), ("population", {"key": key_of(person), "purpose": "fun"}),
        ("population", {"key": key_of(person), "matter": " "}), ("population", {"key": "x"}), ("population", {}),
        ("population", {"key": {"id_number": 7}, "matter": "x" * 201}), ("nowhere", {"key": {"uscc": "x"}}),
    ):  # fmt: skip
        status, told = both.ask(register, entries=0, lang=lang, **body)
        assert status in (404, 422)
        assert told["detail"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_who_may_not_is_refused_alike_and_on_record(gateway, person, lang) -> None:
    key = key_of(person)
    assert Both(gateway, None).ask(entries=0, key=key, lang=lang)[0] == 401
    assert Both(gateway, "nobody's").ask(key=key, lang=lang)[0] == 401
    assert Both(gateway, " ").ask(key=key, lang=lang)[0] == 401
    verifier = make_client(f"verifier-{uuid.uuid4().hex[:8]}", ["registers.verify"])
    status, told = Both(gateway, verifier[1]).ask(key=key, lang=lang)
    assert (status, told["code"]) == (403, "denied")
    for end in (_disable, _revoke_key, _expire, _revoke_token):
        actor, token = make_client(f"ended-{uuid.uuid4().hex[:8]}", ["registers.read"])
        both = Both(gateway, token)
        assert both.ask(key=key, lang=lang)[0] == 200
        end(System.objects.get(uuid=uuid.UUID(actor.urn.rpartition(":")[2])), token)
        status, told = both.ask(key=key, lang=lang)
        assert (status, told["code"]) == (401, "invalid-token"), end.__name__


def _disable(system: System, _token: str) -> None:
    System.objects.filter(pk=system.pk).update(disabled_at=now())


def _revoke_key(system: System, _token: str) -> None:
    SystemKey.objects.filter(system=system).update(revoked_at=now())


def _expire(system: System, _token: str) -> None:
    Token.objects.filter(system=system).update(expires_at=now())


def _revoke_token(system: System, _token: str) -> None:
    Token.objects.filter(system=system).update(revoked_at=now())


def test_a_certificate_counts_as_long_as_it_stands(gateway, person) -> None:
    _actor, token = make_client(f"certified-{uuid.uuid4().hex[:8]}", ["registers.read"])
    held = Token.objects.select_related("key").get(digest=digest_of(token))
    both, key = Both(gateway, token), key_of(person)
    SystemKey.objects.filter(pk=held.key_id).update(certificate=b"never issued here")
    assert both.ask(key=key)[0] == 401
    if signing_queries.find_authority() is None:
        signing.init_authority(actor=OPERATOR, name="演示", at=now())
    issued = signing.issue_certificate(actor=OPERATOR, name="reader", at=now()).certificate
    SystemKey.objects.filter(pk=held.key_id).update(certificate=issued.der)
    assert both.ask(key=key)[0] == 200
    Certificate.objects.filter(pk=issued.pk).update(revoked_at=now())
    assert both.ask(key=key)[0] == 401


def test_a_request_sent_again_is_a_read_again(gateway, system, person) -> None:
    both = Both(gateway, system[1])
    assert both.ask(key=key_of(person)) == both.ask(key=key_of(person)), "each of them is on record"


def test_what_is_no_json_too_long_or_at_no_address(gateway, system, person) -> None:
    token = system[1]
    for raw, expected in ((b"{", 400), (b"\xff", 400), (b"[" * 60000, 400), (b" " * 70000, 413), (b"[]", 422)):
        status, told, _headers = gateway.send("/g/registers/population/lookup", raw, token)
        assert (status, told["status"]) == (expected, expected), raw[:9]
        assert told["detail"]
    status, told, headers = gateway.send("/g/registers/population/lookup", method="GET")
    assert (status, headers["Allow"], told["code"]) == (405, "POST", "method-not-allowed")
    assert gateway.send("/g/nowhere", {}, token)[0] == 404
    assert gateway.send("/healthz", method="GET")[:2] == (200, "ok")
    _s, _t, headers = gateway.send("/g/registers/population/lookup", {**WHY, "key": key_of(person)}, token)
    assert (headers["Cache-Control"], headers["Content-Language"]) == ("no-store", "zh-CN")


def test_a_rotation_of_the_keys_needs_no_new_start(gateway, system, person) -> None:
    from zhengtong.security.crypto import services as crypto

    for purpose in ("data", "index"):
        crypto.rotate(purpose=purpose, at=now())
    fresh = make_person()
    web = services.read_record(
        actor=system[0], register="population", key=key_of(fresh), purpose=queries.purpose_of(**_why()), at=now()
    )
    status, told, _headers = gateway.send("/g/registers/population/lookup", {**WHY, "key": key_of(person)}, system[1])
    assert (status, web is not None) == (200, True)
    assert told["fields"]["id_number"]["sight"] == "masked"


def _why() -> dict[str, str]:
    return {"key": WHY["purpose"], "matter": WHY["matter"]}


def test_the_log_holds_them_and_verifies(gateway, system, person) -> None:
    """Sealed after the reads above: what the gateway wrote is what the log digests."""
    from click.testing import CliRunner

    Both(gateway, system[1]).ask(key=key_of(person))
    audit.seal(at=now())
    done = CliRunner().invoke(audit_command, ["verify", "--json"])
    report = json.loads(done.stdout)
    assert (done.exit_code, report["ok"]) == (0, True), done.output
    read = Entry.objects.filter(actor_urn=system[0].urn).order_by("-id").first()
    assert person.urn in read.subjects


def test_who_asks_too_often_waits(seeded_database, person) -> None:
    _actor, token = make_client(f"hasty-{uuid.uuid4().hex[:8]}", ["registers.read"])
    with running_gateway(seeded_database, ZT_RATE_LIMITS="lookup=3/2") as hasty:
        body = {**WHY, "key": key_of(person)}
        answers = [hasty.send("/g/registers/population/lookup", body, token) for _ in range(4)]
        assert [status for status, _told, _headers in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[-1][2]["Retry-After"]) <= 20
        strangers = [hasty.send("/g/registers/population/lookup", body, "guess")[0] for _ in range(3)]
        assert strangers == [401, 401, 429]
        assert hasty.send("/healthz", method="GET")[0] == 200
