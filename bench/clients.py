"""Eight clients that each carry one case after another through its seven acts."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from .measuring import Round

REVIEWS = ("food", "fire", "drainage", "signboard")


@dataclass(slots=True)
class Cast:
    """Who acts, as headers; and what is submitted."""

    enterprise: dict[str, str]
    window: dict[str, str]
    lead: dict[str, str]
    reviewers: dict[str, dict[str, str]]
    submission: bytes


@dataclass(slots=True)
class Client:
    """One client with a connection of its own that stays open."""

    port: int
    cast: Cast
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _line: http.client.HTTPConnection | None = None

    def carry_on(self, until: float) -> None:
        while time.perf_counter() < until and not self.errors:
            self.one_case()

    def one_case(self) -> None:
        filed = self.post("/api/v1/cases", self.cast.enterprise, self.cast.submission)
        if filed is None:
            return
        case = filed["case"]["uuid"]
        accepted = self.post(f"/api/v1/cases/{case}/accept", self.cast.window, b"{}")
        for review in accepted["reviews"] if accepted else ():
            said = b'{"outcome": "favourable", "remarks": "\xe5\x90\x8c\xe6\x84\x8f"}'
            self.post(f"/api/v1/cases/reviews/{review['uuid']}/opinion", self.cast.reviewers[review["key"]], said)
        reasons = json.dumps({"granted": True, "reasons": "各部门意见一致，准予许可。"}).encode()
        self.post(f"/api/v1/cases/{case}/decide", self.cast.lead, reasons)

    def post(self, path: str, headers: dict[str, str], body: bytes) -> Any:
        begun = time.perf_counter()
        status, answer = self._ask("POST", path, {**headers, "Idempotency-Key": secrets.token_hex(12)}, body)
        if status >= 300:
            self.errors.append(f"{status} {path} {answer[:400]!r}")
            return None
        self.latencies.append(time.perf_counter() - begun)
        return json.loads(answer)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> tuple[int, bytes]:
        self._line = self._line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._line.request(method, path, body, headers)
        answer = self._line.getresponse()
        return answer.status, answer.read()


def carry(port: int, cast: Cast, seconds: float, clients: int = 8) -> tuple[Round, list[str]]:
    """Let the clients work for some seconds; the acts done count."""
    crew = [Client(port, cast) for _ in range(clients)]
    begun = time.perf_counter()
    threads = [threading.Thread(target=c.carry_on, args=(begun + seconds,)) for c in crew]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - begun
    errors = [e for c in crew for e in c.errors]
    return Round(taken, [x for c in crew for x in c.latencies], len(errors)), errors
