"""A whole node as `make run` starts it, for tests that kill, mend and measure it: processes of its own, on loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

UNLIMITED = {"ZT_RATE_LIMITS": "*=1e6/1e6"}  # counted, never refused


@dataclass
class Node:
    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    settings: dict[str, str] = field(default_factory=dict)
    gateway_port: int = field(default_factory=lambda: free_port())  # noqa: PLW0108  (it stands below)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "ZT_NODE_KEY")}
        ports = {"PORT": str(self.port), "ZT_GATEWAY_PORT": str(self.gateway_port)}
        return {**inherited, "ZT_HOME": str(self.home), **ports, **UNLIMITED, **self.settings}

    @property
    def log(self) -> str:
        return (self.home.parent / "log").read_text()

    def zt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "zhengtong", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)

    def start(self) -> None:
        with open(self.home.parent / "log", "wb") as log:
            command = [sys.executable, "-m", "zhengtong", "up", "--demo"]
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        until(lambda: "is ready" in self.log or self.process.poll() is not None, within=300)
        assert "is ready" in self.log, self.log

    def stop(self) -> int:
        assert self.process
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=40)

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as fault:
            with fault:
                return fault.code, fault.read()

    def send(self, data: bytes) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(data)
        return connection

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except urllib.error.URLError:
            return False

    def told(self) -> dict:
        return json.loads((self.home / "run" / "node.json").read_text())


def until(question: Callable[[], bool], within: float = 30.0) -> None:
    end = time.monotonic() + within
    while not question():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_node(**settings: str) -> Iterator[Node]:
    """A node in a folder that every account can reach; stopped and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="zt-node-", dir="/var/tmp"))
    folder.chmod(0o755)
    made = Node(folder / "home", free_port(), settings=settings)
    try:
        made.start()
        yield made
    finally:
        if made.process and made.process.poll() is None:
            made.stop()
        shutil.rmtree(folder)
