"""Writers that behave as a good client does: an act that was not answered is sent again under the same key."""

from __future__ import annotations

import http.client
import json
import random
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.running import Node, until

SETTLED = 201
AGAIN = (409, 429, 502, 503)  # 409: the first sending under this key is still at work
PAUSE = 0.05  # seconds between two sendings
REPEATED = 0.2  # of acknowledged acts are sent once more

_CAST = """
import json
from bench.node import session_for
from zhengtong.config.story.restaurant import Answers, evidence_for, representative
from zhengtong.kernel.clock import now
person = representative("chen", at=now())
evidence = [
    {"requirement_key": e.requirement_key, "file_uuid": e.file_uuid and str(e.file_uuid),
     "credential_uuid": e.credential_uuid and str(e.credential_uuid)}
    for e in evidence_for(person, Answers.BUSINESS, at=now())
]
body = {"service_key": "open-restaurant", "data": Answers.BUSINESS, "evidence": evidence}
print("CAST" + json.dumps([session_for("chen", "representative"), json.dumps(body)]))
"""


@dataclass
class Load:
    """Applications filed by several writers at once. `acknowledged`: key → uuid of the case it was told."""

    node: Node
    writers: int = 6
    acknowledged: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        told = self.node.zt("manage", "shell", "-c", _CAST)
        line = next((x for x in told.stdout.splitlines() if x.startswith("CAST")), "")
        assert line, told.stderr
        self.headers, self.body = json.loads(line[4:])
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._write, daemon=True) for _ in range(self.writers)]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """No new acts; what is under way is brought to its end."""
        self.stop.set()
        for thread in self.threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self.threads), "a writer never got an answer"

    def goes_on(self, acts: int = 10, within: float = 60) -> None:
        """Wait until so many more acts are acknowledged."""
        wanted = len(self.acknowledged) + acts
        until(lambda: self.faults or len(self.acknowledged) >= wanted, within=within)
        assert not self.faults, self.faults[:3]

    def _write(self) -> None:
        while not self.stop.is_set() and not self.faults:
            key = secrets.token_hex(12)
            case = self._until_settled(key)
            if case and random.random() < REPEATED and self._until_settled(key) != case:
                self.faults.append(f"{key} was done twice")
            if case:
                self.acknowledged[key] = case

    def _until_settled(self, key: str) -> str:
        end = time.monotonic() + 55
        while time.monotonic() < end:
            status, answer = self.send(key)
            self.answers[str(status)] += 1
            if status == SETTLED:
                return str(answer["case"]["uuid"])
            if status and status not in AGAIN:
                self.faults.append(f"{status} {str(answer)[:400]}")
                return ""
            time.sleep(PAUSE)
        self.faults.append(f"{key}: no answer for a minute")
        return ""

    def send(self, key: str) -> tuple[int, Any]:
        """Status and document; 0 where the connection broke."""
        line = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=20)
        try:
            line.request("POST", "/api/v1/cases", self.body, {**self.headers, "Idempotency-Key": key})
            answer = line.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            line.close()
