"""A whole node as `make run` starts it: from an empty folder to a served page, killed, mended, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.house import canary
from tests.house.canary import Flock, Visitor
from tests.house.test_outer_skin import SAMPLES, addresses
from tests.running import Node, free_port, running_node, until
from zhengtong.config.node import database

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running_node() as made:
        yield made


@pytest.fixture
def web(node: Node) -> Iterator[psycopg.Connection]:
    with psycopg.connect(node.told()["web_database"]) as db:
        yield db


def test_it_serves_and_says_where(node: Node) -> None:
    assert node.get("/healthz") == (200, b"ok")
    assert f"http://127.0.0.1:{node.port}" in node.log


def test_static_files_are_served_under_names_with_digests(node: Node) -> None:
    names = json.loads((node.home / "static" / "staticfiles.json").read_text())["paths"]
    assert node.get(f"/static/{names['vendor/htmx.min.js']}")[0] == 200
    assert node.get("/static/../keys/secret")[0] == 404
    assert node.get("/static/none.css")[0] == 404


def test_senders_who_stop_in_the_middle_keep_nobody_waiting(node: Node) -> None:
    head = b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nlogin=w"
    slow = [node.send(head) for _ in range(30)]
    begun = time.monotonic()
    assert {node.get("/healthz") for _ in range(8)} == {(200, b"ok")}
    assert time.monotonic() - begun < 5
    for connection in slow:
        connection.close()


def test_what_is_too_large_is_refused_before_it_is_read(node: Node) -> None:
    large = b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999999\r\n\r\n"
    endless = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n"
    for sent, status in ((large, b"413"), (endless, b"431")):
        with node.send(sent) as connection:
            assert connection.recv(100).split()[1] == status


def test_a_statement_of_the_web_has_its_time(node: Node) -> None:
    web = node.told()["processes"][0]
    children = [int(p) for p in Path(f"/proc/{web}/task/{web}/children").read_text().split()]
    variables = [Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") for pid in (web, *children)]
    assert all(b"ZT_STATEMENT_TIMEOUT=15s" in v and b"ZT_LOCK_TIMEOUT=5s" in v for v in variables)


def test_the_web_may_neither_rewrite_the_log_nor_change_a_table(node: Node, web: psycopg.Connection) -> None:
    assert web.execute("SELECT current_user").fetchone() == (database.WEB,)
    for statement in (
        "UPDATE security_audit_entry SET action = 'x'",
        "DELETE FROM security_audit_entry",
        "TRUNCATE security_audit_entry",
        "UPDATE security_audit_leaf SET hash = ''",
        "DELETE FROM security_audit_leaf",
        "UPDATE security_audit_checkpoint SET root = ''",
        "DELETE FROM security_audit_checkpoint",
        "INSERT INTO security_crypto_key DEFAULT VALUES",
        "CREATE TABLE mine (x int)",
        "DROP TABLE django_session",
        "SET ROLE zt_owner",
        "UPDATE zt_node_stamp SET value = ''",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute(statement)
        web.rollback()


def test_no_partition_is_a_way_round(node: Node, web: psycopg.Connection) -> None:
    partitions = web.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'security_audit_entry'::regclass"
    ).fetchall()
    assert partitions
    for (partition,) in partitions:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute(f"DELETE FROM {partition}")
        web.rollback()


def test_no_number_of_a_person_gets_out(node: Node) -> None:
    """Not into a log, an address, an error page, nor the database in the clear, wherever somebody writes it."""
    flock = Flock()
    people, evidence = canary.sessions(node.zt)
    chen, food, stranger = (Visitor(node.port, flock, *who) for who in people)
    filing = canary.submission(flock, evidence)
    status, case = chen.ask("POST", "/api/v1/cases", "a case", filing, **canary.JSON)
    assert status == 201, case
    paths = [
        path.replace(SAMPLES["uuid"], json.loads(case)["case"]["uuid"]) for path in addresses() if path[:5] != "/cms/"
    ]
    chen.wander([path for path in paths if "/logout/" not in path and not path.startswith("/workbench/")])
    food.wander([path for path in paths if path.startswith("/workbench/")])
    for visitor in (chen, stranger):
        visitor.misplace()
    stranger.wander(["/accounts/login/", "/accounts/signup/", "/progress/", "/verify/", "/services/", "/receipts/"])
    assert node.zt("account", "lock", "wang", "--reason", flock.three("command line")).returncode == 0
    leaks = [*chen.leaks, *food.leaks, *stranger.leaks]
    leaks += [f"{file}: {flock.seen_in(text)}" for file, text in canary.texts_of(node.home) if flock.seen_in(text)]
    leaks += [f"database: {line}" for line in canary.dump(node, flock)]
    assert not leaks, "\n".join(leaks[:300])
    assert len(flock.places) > 5000


def test_a_second_start_leaves_the_first_alone(node: Node) -> None:
    second = node.zt("up")
    assert (second.returncode, second.stderr) == (0, "")
    assert f"already running at http://127.0.0.1:{node.port}" in second.stdout
    assert node.get("/healthz") == (200, b"ok")


def test_a_taken_port_is_said_with_the_remedy(node: Node) -> None:
    other = Node(node.home.parent / "other", node.port)
    answer = other.zt("up")
    assert answer.returncode == 1
    assert f"Port {node.port}" in answer.stderr
    assert f"make run PORT={node.port + 2}" in answer.stderr
    assert not (other.home / "postgres").exists(), "nothing was started for it"


def test_a_killed_worker_and_a_killed_database_come_back(node: Node) -> None:
    web, _gateway, worker = node.told()["processes"]
    os.kill(worker, signal.SIGKILL)
    until(lambda: "worker ended" in node.log)
    os.kill(int(next(node.home.glob("postgres/*/data/postmaster.pid")).read_text().split()[0]), signal.SIGKILL)
    until(lambda: "PostgreSQL has ended" in node.log)
    until(lambda: node.get("/healthz")[0] == 200)
    os.kill(web, 0)


def test_commands_find_the_running_node(node: Node) -> None:
    answer = node.zt(
        "manage",
        "shell",
        "-c",
        "from django.db import connection as c; c.ensure_connection(); print(c.settings_dict['HOST'])",
    )
    assert answer.stdout.split()[-1] == str(node.home / "postgres" / "socket"), answer.stderr
    assert node.get("/healthz") == (200, b"ok"), "the command did not stop the node's server"


def test_status_says_where_and_its_database_can_be_saved(node: Node) -> None:
    told = node.zt("status", "--json")
    assert told.returncode == 0
    facts = json.loads(told.stdout)
    assert facts["running"]
    assert facts["address"] == f"http://127.0.0.1:{node.port}"
    address = node.zt("status", "--database").stdout.strip()
    programs = Path((next(node.home.glob("postgres/*/binaries"))).read_text())
    saved = subprocess.run([programs / "pg_dump", "-Fc", address], capture_output=True, check=True).stdout
    assert saved.startswith(b"PGDMP")


def test_a_drill_brings_the_running_node_back_and_finds_it_the_same(node: Node) -> None:
    """Base, log and verification of a whole node that goes on working; then the restore itself, by its commands."""
    store = str(node.home.parent / "store")
    drill = node.zt("drill", "--store", store, "--json")
    assert drill.stdout, drill.stderr
    found = json.loads(drill.stdout)
    assert (drill.returncode, found["faults"]) == (0, []), drill.stderr
    assert found["checks"] == ["pg_verifybackup", "state", "pg_amcheck", "audit verify", "files"]
    assert found["rows"] > 5_000
    assert not list((node.home / "run").glob("drill-*"))
    assert json.loads(node.zt("status", "--json").stdout)["backup"]["drill"]["ok"]
    listed = json.loads(node.zt("backup", "list", "--store", store, "--json").stdout)
    assert [b["id"] for b in listed["backups"]] == [found["backup"]]
    assert node.zt("backup", "verify", "--store", store).returncode == 0

    other = Node(node.home.parent / "restored", free_port())
    refused = other.zt("restore", "--store", store)
    assert (refused.returncode, "node key is not here" in refused.stderr) == (1, True)
    done = other.zt("restore", "--store", store, "--key-file", str(node.home / "keys" / "node.key"), "--json")
    assert json.loads(done.stdout)["lost_files"] == [], done.stderr
    assert (other.home / "keys" / "node.key").stat().st_mode & 0o777 == 0o600
    verified = other.zt("audit", "verify", "--json")
    assert verified.returncode == 0, verified.stdout
    acts = "from zhengtong.security.audit.models import Entry; print(Entry.objects.latest('id').action)"
    assert other.zt("manage", "shell", "-c", acts).stdout.split()[-1] == "audit.backup.restored"
    assert "is not empty" in other.zt("restore", "--store", store).stderr


def test_it_stops_whole_and_a_later_start_is_quick(node: Node) -> None:
    assert node.stop() == 0
    assert node.zt("status").returncode == 3
    assert not list(node.home.glob("postgres/*/data/postmaster.pid"))
    with pytest.raises(urllib.error.URLError):
        node.get("/healthz")
    node.start()
    assert not any(step in node.log for step in ("tables", "first data", "static files")), "nothing is done twice"
    assert node.get("/healthz") == (200, b"ok")


def test_a_killed_node_is_taken_up_again(node: Node) -> None:
    assert node.process
    node.process.kill()
    node.process.wait()
    assert node.get("/healthz") == (200, b"ok"), "its web process is still there, an orphan"
    node.start()
    assert node.get("/healthz") == (200, b"ok")


def test_a_node_to_which_nobody_listens_any_more_stops_whole(node: Node) -> None:
    """A terminal that was closed, or `make run | head`: what cannot be said must not keep the processes alive."""
    assert node.stop() == 0
    command = [sys.executable, "-m", "zhengtong", "up", "--demo"]
    process = subprocess.Popen(
        command, env=node.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    assert process.stdout
    process.stdout.close()
    until(node.answers, within=60)
    processes = node.told()["processes"]
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=40) == 0
    assert not [pid for pid in processes if Path(f"/proc/{pid}").exists()]


def test_commands_work_on_a_stopped_node_and_leave_no_server(node: Node) -> None:
    answer = node.zt("manage", "showmigrations", "kernel_events")
    assert "[X] 0001_initial" in answer.stdout, answer.stderr
    assert not list(node.home.glob("postgres/*/data/postmaster.pid"))
