"""Keeps the processes of a node running: starts them, starts a crashed one again after a pause, stops them together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .progress import say

PAUSES = (0.5, 1, 2, 5, 10, 30)  # seconds before the first, second … new start
STEADY = 60.0  # a process that ran so long starts counting anew
STOP_WITHIN = 12.0
ROUND = 0.25


@dataclass
class Child:
    """One process, in a session of its own: Ctrl-C reaches only the supervisor, who then stops its children."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    due: float = field(default=0.0)

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, env=self.environment, start_new_session=True)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """To the whole session: the web server has workers of its own."""
        if self.process and (number is signal.SIGKILL or self.is_running()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Runs children until told to stop. `watch` is called about once a second (the database is looked after there);
    `started` whenever processes have been started, also those that crashed: whoever comes after must know them."""

    def __init__(
        self,
        children: Sequence[Child],
        watch: Callable[[], None] = lambda: None,
        started: Callable[[Sequence[Child]], None] = lambda _: None,
    ) -> None:
        self.children = children
        self.watch, self.started = watch, started
        self.told = threading.Event()

    def listen(self) -> None:
        """Let Ctrl-C, SIGTERM and a closed terminal end the node."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.told.set())

    def start(self) -> None:
        for child in self.children:
            child.start()
        self.started(self.children)

    def wait_until(self, ready: Callable[[], bool], *, within: float) -> bool:
        """Wait for `ready`. False when told to stop, when a child has ended, or when the time is over."""
        end = time.monotonic() + within
        while time.monotonic() < end and not self.told.is_set():
            if not all(child.is_running() for child in self.children):
                return False
            if ready():
                return True
            self.told.wait(0.1)
        return False

    def run(self) -> None:
        """Watch until told to stop."""
        next_look = 0.0
        while not self.told.wait(ROUND):
            for child in self.children:
                self._look_after(child)
            if time.monotonic() > next_look:
                self.watch()
                next_look = time.monotonic() + 1

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.is_running():
            if child.failures and now - child.started > STEADY:
                child.failures = 0
        elif child.process:
            pause = PAUSES[min(child.failures, len(PAUSES) - 1)]
            say(f"{child.name} ended with status {child.process.returncode}; it starts again in {pause} s")
            child.signal(signal.SIGKILL)  # what it may have left of its own children
            child.process, child.failures, child.due = None, child.failures + 1, now + pause
        elif now >= child.due:
            child.start()
            self.started(self.children)

    def stop(self) -> None:
        """Ask all to end, the last started first; kill what has not ended in time."""
        for child in reversed(self.children):
            child.signal(signal.SIGTERM)
        end = time.monotonic() + STOP_WITHIN
        while any(child.is_running() for child in self.children) and time.monotonic() < end:
            time.sleep(0.05)
        for child in self.children:
            child.signal(signal.SIGKILL)
            if child.process:
                child.process.wait()
