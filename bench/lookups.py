"""Look-ups: the gateway with everything it decides and writes ÷ a bare endpoint on the same table; the gateway on many
rows and on few, the few in a copy of the database made when there were no more. All in turn, in the same run."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from .asking import ask, request
from .measuring import Round, alternate, memory_mb
from .node import wait_for

ROUNDS = 3
KEYS = 20_000  # asked for, at most
CONNECTIONS = 16
WHY = {"purpose": "licensing", "matter": "bench"}


@dataclass(slots=True)
class Measured:
    bare: list[Round]
    many: list[Round]
    few: list[Round]
    memory_mb: float
    cpu_ms: dict[str, float]  # of the serving process for one request: says more than the rate on a busy machine


def token() -> tuple[Any, str]:
    """A system of the market regulator with what the police granted to it, and an access token that lasts."""
    from joserfc import jwk

    from zhengtong.kernel.actors import system_actor
    from zhengtong.kernel.clock import now
    from zhengtong.resources.registers.models import ReadGrant
    from zhengtong.security.directory import queries as directory
    from zhengtong.security.sso import services as sso
    from zhengtong.security.sso.models import Token
    from zhengtong.security.sso.services.bearers import client_actor

    operator, at, scopes = system_actor("bench"), now(), ["registers.read"]
    system = sso.register_system(
        actor=operator, key="bench", title={"zh": "测速", "en": "Bench"}, organisation_key="market-regulation",
        scopes=scopes, at=at,
    )  # fmt: skip
    public = jwk.OKPKey.generate_key("Ed25519").as_pem(private=False)
    key = sso.add_key(actor=operator, key="bench", data=public, at=at)
    actor = client_actor(system, scopes)
    text = sso.issue_client_token(actor=actor, system=system, key=key, scopes=scopes, at=at)
    Token.objects.update(expires_at=at.replace(year=at.year + 1))
    police, market = (directory.find_organisation(one) for one in ("public-security", "market-regulation"))
    assert police
    assert market
    ReadGrant.objects.create(
        register="population", authority="public-security", provider_uuid=police.uuid, consumer_uuid=market.uuid,
        fields=["name", "birth_date", "sex"], purposes=["licensing"], basis="bench", since=at.date(),
        granted_by_urn=operator.urn, granted_at=at,
    )  # fmt: skip
    return actor, text


def keys_of(numbers: Sequence[str]) -> list[str]:
    return random.Random(4).sample(list(numbers), min(KEYS, len(numbers)))  # the same in every run


def requests_of(numbers: Sequence[str], text: str) -> list[bytes]:
    bearer = f"Authorization: Bearer {text}\r\n"
    bodies = (json.dumps({**WHY, "key": {"id_number": one}}).encode() for one in numbers)
    return [request("/g/registers/population/lookup", body, bearer) for body in bodies]


def bare_requests_of(numbers: Sequence[str]) -> list[bytes]:
    from zhengtong.security.crypto import services as crypto

    indexes = (crypto.blind_index(one, "registers.population.id_number") for one in numbers)
    return [request("/row", json.dumps({"index": one.hex()}).encode()) for one in indexes]


def measure(urls: tuple[str, str], numbers: Sequence[str], few: int, text: str, seconds: float) -> Measured:
    """`urls`: of the database and of the copy, which holds the first `few` of the identity numbers."""
    url, few_url = urls
    share = max(1.0, seconds / (3 * ROUNDS))
    with ExitStack() as stack:
        bare, gateway, small = (
            stack.enter_context(serve(app, address))
            for app, address in (("bench.bare_lookup:app", url), (GATEWAY, url), (GATEWAY, few_url))
        )
        many_asked, few_asked = requests_of(keys_of(numbers), text), requests_of(keys_of(numbers[:few]), text)
        bare_asked = bare_requests_of(keys_of(numbers))
        for port, asked in ((bare[0], bare_asked), (gateway[0], many_asked), (small[0], few_asked)):
            ask(port, asked, 1.0)  # plans, pools, pages
        before = {pid: cpu_of(pid) for _port, pid in (bare, gateway)}
        rounds = alternate(
            ROUNDS,
            lambda: ask(bare[0], bare_asked, share),
            lambda: ask(gateway[0], many_asked, share),
            lambda: ask(small[0], few_asked, share),
        )
        asked = {"bare": (bare[1], rounds[0]), "gateway": (gateway[1], rounds[1])}
        cpu = {name: round((cpu_of(pid) - before[pid]) * 1000 / _count(of), 3) for name, (pid, of) in asked.items()}
        return Measured(*rounds, memory_mb([gateway[1]]), cpu)


def _count(rounds: list[Round]) -> int:
    return sum(len(one.latencies) for one in rounds)


def cpu_of(pid: int) -> float:
    """Seconds of processor time that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


GATEWAY = "zhengtong.access.gateway.app:app"


@contextmanager
def serve(app: str, url: str) -> Iterator[tuple[int, int]]:
    """One uvicorn process as `zt up` starts it; its port and pid."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "DATABASE_URL": url, "ZT_RATE_LIMITS": "off", "ZT_GATEWAY_CONNECTIONS": str(CONNECTIONS),
    }  # fmt: skip
    command = [
        sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop",
        "--http", "httptools", "--no-access-log", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment)
    try:
        wait_for(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def copy_of(url: str) -> Iterator[str]:
    """A copy of the database as it is now; dropped at the end."""
    from django.db import connections

    name = urlsplit(url).path.lstrip("/")
    admin, copy = (urlunsplit(urlsplit(url)._replace(path=f"/{one}")) for one in ("postgres", f"{name}_few"))
    connections.close_all()
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute(f'CREATE DATABASE "{name}_few" TEMPLATE "{name}"')  # type: ignore[arg-type]
        try:
            yield copy
        finally:
            db.execute(f'DROP DATABASE "{name}_few" WITH (FORCE)')  # type: ignore[arg-type]
