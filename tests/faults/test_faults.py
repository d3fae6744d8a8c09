"""A node at work loses its disk and its processes: what was acknowledged stands in the log, once; the rest is 503.

Disk faults are put into PostgreSQL's system calls by strace. Ten rounds of kill -9 here; `make soak` goes on with
ZT_SOAK_KILLS=200 of them.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.running import Node, running_node, until
from zhengtong.config.node.postgres import command_of

from .load import AGAIN, SETTLED, Load

pytestmark = [pytest.mark.slow, pytest.mark.once]
ROUNDS = [
    "web worker", "database", "worker", "database", "backend", "web", "everything", "database", "worker", "web worker",
]  # fmt: skip
SOAK = int(os.environ.get("ZT_SOAK_KILLS", "0"))
CASES = "SELECT uuid::text FROM applications_cases_case"
FILED = "SELECT object_urn FROM security_audit_entry WHERE action = 'cases.case.submitted'"
UNSEALED = """
SELECT count(*) FROM security_audit_entry e
WHERE NOT EXISTS (SELECT FROM security_audit_leaf l WHERE l.entry_uuid = e.uuid)
"""
DISK_FAULTS = {  # call and error: the log's bytes, and their way to the disk
    "no room for the log": ("pwrite64", "ENOSPC"),
    "the disk refuses what was written": ("fdatasync", "EIO"),
}


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running_node() as made:
        yield made


@pytest.fixture(scope="module")
def load(node: Node) -> Load:
    return Load(node)


# -- the disk ---------------------------------------------------------------------------------------------------------
def _strace_works() -> bool:
    works = ["strace", "-o", "/dev/null", "true"]
    return bool(shutil.which("strace")) and subprocess.run(works, check=False).returncode == 0


@pytest.mark.skipif(not _strace_works(), reason="no strace here, or it may not look into processes (Debian: strace)")
@pytest.mark.parametrize("fault", DISK_FAULTS)
def test_what_cannot_be_written_is_never_acknowledged(node: Node, load: Load, fault: str) -> None:
    """The supervisor is stopped meanwhile: it would start a server without the fault."""
    known, key = set(_ask(node, CASES)), "during-the-fault-" + os.urandom(4).hex()
    with _injected(node, *DISK_FAULTS[fault]) as seen:
        until(lambda: load.send(key)[0] != SETTLED and "INJECTED" in seen.read_text(), within=30)
        with ThreadPoolExecutor(6) as pool:
            pages = [pool.submit(node.get, path) for path in ("/", "/healthz")]
            answers = [sent.result() for sent in [pool.submit(load.send, key) for _ in range(4)]]
            shown = [page.result() for page in pages]
    assert {status for status, _ in answers} <= {0, *AGAIN}, answers
    refused = next(document for status, document in answers if status == 503)
    assert (refused["code"], "Idempotency-Key" in refused["remedy"]) == ("unavailable", True)
    assert {status for status, _ in shown} <= {200, 503}, "reading may go on; what cannot is a page that says so"
    assert all("请过一会儿用原页面再次提交".encode() in page for status, page in shown if status == 503)

    until(lambda: load.send(key)[0] == SETTLED, within=60)  # the fault is mended
    done = set(_ask(node, CASES)) - known
    assert len(done) == 1, "what was sent again and again is done, once"
    assert sum(urn.endswith(next(iter(done))) for urn in _ask(node, FILED)) == 1
    until(lambda: node.get("/healthz") == (200, b"ok"))


@contextmanager
def _injected(node: Node, call: str, error: str) -> Iterator[Path]:
    """The fault strikes every process of the server, also those it starts meanwhile; yields what strace saw."""
    assert node.process
    postmaster, seen = _database(node), node.home.parent / f"strace-{call}"
    command = ["strace", "-f", "-qq", "-o", str(seen), "-e", f"trace={call}", "-e", f"inject={call}:error={error}"]
    os.kill(node.process.pid, signal.SIGSTOP)
    processes = [str(pid) for pid in (postmaster, *_below(postmaster))]
    tracer = subprocess.Popen([*command, *(x for pid in processes for x in ("-p", pid))], stderr=subprocess.DEVNULL)
    until(seen.exists)
    try:
        yield seen
    finally:
        tracer.send_signal(signal.SIGTERM)  # it lets go of its processes, unhurt
        tracer.wait(10)
        os.kill(node.process.pid, signal.SIGCONT)


# -- the processes ----------------------------------------------------------------------------------------------------
def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(node: Node, load: Load) -> None:
    before = set(_ask(node, CASES))
    with load:
        load.goes_on(20)
        for kind in _rounds():
            time.sleep(random.uniform(0, 0.4))  # at whatever moment of their work
            begun = time.monotonic()
            _kill(node, kind)
            load.goes_on(10)
            print(f"{kind}: acts again after {time.monotonic() - begun:.1f} s")
    assert not load.faults, load.faults[:3]
    cases = set(_ask(node, CASES)) - before
    filed = Counter(urn.rpartition(":")[2] for urn in _ask(node, FILED))
    acknowledged = list(load.acknowledged.values())
    assert len(acknowledged) == len(set(acknowledged)), "two acts were told the same case"
    assert cases == set(acknowledged), "what was done and what was acknowledged are the same"
    assert {case: filed[case] for case in cases if filed[case] != 1} == {}, "each stands in the log, once"
    until(lambda: _ask(node, UNSEALED) == [0], within=30)
    verified = node.zt("audit", "verify", "--json")
    assert verified.returncode == 0, verified.stdout
    print(f"{len(acknowledged)} acts, answers {dict(load.answers)}")


def _rounds() -> list[str]:
    return random.choices(ROUNDS, k=SOAK) if SOAK else ROUNDS


def _kill(node: Node, kind: str) -> None:
    web, _gateway, worker = node.told()["processes"][-3:]
    database = _database(node)
    if kind == "everything":
        assert node.process
        for pid in (node.process.pid, *_below(web), web, worker, database):
            _strike(pid)
        node.process.wait()
        node.start()
        return
    victims = {"web": [web], "web worker": _below(web)[:1], "worker": [worker], "database": [database]}
    for pid in victims.get(kind) or _below(database, "zt_web")[:1]:
        _strike(pid)
    if kind == "web":
        until(lambda: not command_of(web))


def _strike(pid: int) -> None:
    """One that the blow before has ended already, or is just being replaced, is no fault."""
    with suppress(ProcessLookupError):
        if command_of(pid):
            os.kill(pid, signal.SIGKILL)


def _database(node: Node) -> int:
    return int(next(node.home.glob("postgres/*/data/postmaster.pid")).read_text().split()[0])


def _below(pid: int, of: str = "") -> list[int]:
    """The children of a process whose command line tells of something."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return [child for child in found if of in command_of(child)]


def _ask(node: Node, question: str) -> list[str]:
    with psycopg.connect(node.told()["owner_database"]) as db:
        return [row[0] for row in db.execute(question).fetchall()]
