"""What a killed supervisor left running: known by their numbers and their command lines, and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable

from . import home
from .postgres import command_of
from .supervisor import Child

MARKS = ("zhengtong", "granian")
WITHIN = 10.0


def remember(children: Iterable[Child]) -> None:
    home.tell(processes=[child.process.pid for child in children if child.process])


def forget() -> None:
    home.tell(processes=[])


def stop() -> None:
    """Call it with the node's lock in hand: then whatever still runs belongs to nobody."""
    groups = [int(pid) for pid in home.told().get("processes", []) if _is_ours(int(pid))]
    for order in (signal.SIGTERM, signal.SIGKILL):
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, order)
        end = time.monotonic() + WITHIN
        while any(_is_ours(group) for group in groups) and time.monotonic() < end:
            time.sleep(0.05)
    forget()


def _is_ours(pid: int) -> bool:
    return any(mark in command_of(pid) for mark in MARKS)
