"""A gateway process as `zt up` starts it, on the database of the tests, in the role of the web."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tests.running import free_port, until


@dataclass
class Gateway:
    port: int
    process: subprocess.Popen[bytes]

    def send(
        self, path: str, body: Any = None, token: str | None = None, *, method: str = "POST", **headers: str
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        """Status, what the body says, headers."""
        told = {"Content-Type": "application/json", **headers}
        if token is not None:
            told["Authorization"] = f"Bearer {token}"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body if isinstance(body, bytes) else json.dumps(body), told)
            answer = line.getresponse()
            text = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(text) if is_json else text.decode(), answer.headers
        finally:
            line.close()

    def answers(self) -> bool:
        try:
            return self.send("/healthz", method="GET")[0] == 200
        except OSError:
            return False


@contextmanager
def running_gateway(database: str, **settings: str) -> Iterator[Gateway]:
    """Stopped afterwards. `database`: its name on the server of the tests."""
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}"))
    environment = {**os.environ, "DATABASE_URL": url, "ZT_DATABASE_ROLE": "zt_web", **settings}
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "zhengtong.access.gateway.app:app", "--host", "127.0.0.1", "--port", str(port),
        "--no-access-log", "--log-level", "error", "--app-dir", "src",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment)
    made = Gateway(port, process)
    try:
        until(lambda: made.answers() or process.poll() is not None, within=30)
        assert process.poll() is None, "the gateway did not start"
        yield made
    finally:
        process.terminate()
        process.wait(timeout=15)
