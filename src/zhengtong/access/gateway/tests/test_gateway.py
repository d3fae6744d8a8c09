"""What the process decides by itself: who may, what an answer looks like, how often somebody may ask."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg_pool import PoolTimeout, TooManyRequests

from zhengtong.access.gateway import settings, told
from zhengtong.access.gateway.app import ROUTES
from zhengtong.kernel import wording
from zhengtong.kernel.actors import ANONYMOUS, Actor, Capacity
from zhengtong.kernel.limits.refusals import Meter
from zhengtong.kernel.limits.rules import LimitsUnreadable
from zhengtong.resources.registers import wire as registers
from zhengtong.resources.registers.policies import Reading
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.wire import ClientRefused

OFFICE = uuid.UUID(int=1)


def system(*scopes: str, organisation: uuid.UUID | None = OFFICE) -> Actor:
    return Actor(
        urn="urn:zhengtong:511602-e:sso:system:x", capacity=Capacity.CLIENT, scopes=frozenset(scopes),
        organisation_uuid=organisation,
    )  # fmt: skip


@pytest.mark.parametrize(
    "actor",
    [
        system("registers.read"), system("registers.verify"), system(), system("registers.read", "registers.verify"),
        system("registers.read", organisation=None), ANONYMOUS, Actor(urn="system:x", capacity=Capacity.SYSTEM),
        Actor(urn="a", capacity=Capacity.RESIDENT, party_urn="b"), Actor(urn="a", capacity=Capacity.OFFICIAL),
    ],
)  # fmt: skip
def test_the_wire_allows_whom_the_policy_allows(db, actor) -> None:
    wish = Reading("", actor.organisation_uuid or uuid.uuid4(), "licensing")
    rule = permissions.find_refusal(actor, "registers.record.read", wish)
    if rule is None:
        registers.require(actor)
        return
    with pytest.raises(ClientRefused) as refused:
        registers.require(actor)
    if actor.is_client and actor.organisation_uuid:
        assert (rule.rule, rule.remedy) == (refused.value.rule.label, refused.value.rule.remedy)


def test_every_address_is_known() -> None:
    assert [(route.path, sorted(route.methods)) for route in ROUTES] == [
        ("/g/registers/{key}/lookup", ["POST"]), ("/healthz", ["GET", "HEAD"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "zh-hans"), ("en", "en"), ("en-GB,zh;q=0.5", "en"), ("zh-TW,en;q=0.9", "zh-hans"), ("fr,en;q=0.1", "en"),
        ("en;q=0,zh;q=0.1", "zh-hans"), ("en;q=x", "zh-hans"), ("*", "zh-hans"),
    ],
)  # fmt: skip
def test_the_language_asked_for(accepted, expected) -> None:
    assert wording.preferred(accepted) == expected


def test_faults_of_the_database_are_no_500() -> None:
    for fault, status in (
        (TooManyRequests("full"), 503), (PoolTimeout("late"), 503), (psycopg.OperationalError("gone"), 503),
        (psycopg.errors.QueryCanceled("late"), 503), (psycopg.DataError("NUL"), 400), (OSError("key"), 503),
        (ValueError("unforeseen"), 500),
    ):  # fmt: skip
        answer = told.problem(told.fault_of(fault))
        assert (answer.status_code, answer.media_type) == (status, "application/problem+json"), fault


def test_moments_are_written_as_the_web_writes_them() -> None:
    at = datetime(2026, 11, 20, 2, 0, 0, 123456, tzinfo=UTC)
    body = told.answer({"at": at, "whole": at.replace(microsecond=0), "day": at.date(), "name": OFFICE}).body
    assert body.decode() == (
        f'{{"at":"2026-11-20T02:00:00.123Z","whole":"2026-11-20T02:00:00Z","day":"2026-11-20","name":"{OFFICE}"}}'
    )


def test_an_allowance_grows_back_evenly_and_old_clients_are_forgotten() -> None:
    meter = Meter(most=2)
    assert [meter.take("a", 2, 0.0) for _ in range(2)] == [0, 0]
    assert meter.take("a", 2, 0.0) == pytest.approx(30)
    assert meter.take("a", 2, 29.0) == pytest.approx(1)
    assert meter.take("a", 2, 30.5) == 0
    assert meter.take("b", 2, 31.0) == meter.take("c", 2, 31.0) == 0
    assert meter.take("a", 2, 31.0) == 0, "the one that asked longest ago was forgotten"


def test_settings_come_from_the_environment(monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql:///x")
    monkeypatch.setenv("ZT_DATABASE_ROLE", "zt_web")
    monkeypatch.setenv("ZT_RATE_LIMITS", "off")
    read = settings.read()
    assert (read.limits, read.options) == ({}, "-c role=zt_web -c statement_timeout=15s -c lock_timeout=5s")
    monkeypatch.setenv("ZT_RATE_LIMITS", "lookup=many")
    with pytest.raises(LimitsUnreadable):
        settings.read()
