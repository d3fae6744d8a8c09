"""`zt audit`, `zt receipt`, `zt worker` and `zt jobs`, run as an operator or a citizen runs them."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from zhengtong.kernel import clock
from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.events.models import OutboxRow
from zhengtong.kernel.ids import make_urn
from zhengtong.security.audit import providers, queries, services
from zhengtong.security.audit.models import Checkpoint
from zhengtong.security.audit.rules import tiles
from zhengtong.security.crypto import services as crypto

DONE = "tests.thing.done"
TABLES = "security_audit_entry, security_audit_leaf, security_audit_node, security_audit_checkpoint"


def environment(home: Path) -> dict[str, str]:
    values = connection.settings_dict
    url = f"postgresql://{values['USER']}:{values['PASSWORD']}@/{values['NAME']}?host={values['HOST']}&port={values['PORT']}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "ZT_HOME": str(home),
        "ZT_SECRET_KEY": "s" * 50,
        "PYTHONPATH": str(settings.ROOT / "src"),
    }


def zt(home: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        [sys.executable, "-m", "zhengtong", *arguments],
        env=environment(home), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == code, (arguments, run.returncode, run.stdout, run.stderr)
    return run


def write(count: int, **more) -> list:
    if DONE not in providers.ACTIONS:
        providers.ACTIONS.register(DONE, {"zh": "做了", "en": "Done"})
    urn = make_urn("tests", "thing", uuid.uuid4())
    with transaction.atomic():
        return [services.record(system_actor("tests"), DONE, urn, at=clock.now(), **more) for _ in range(count)]


@pytest.fixture
def log(transactional_db, tmp_path):
    crypto.forget_keys()  # another test may have rotated them and rolled back; the commands read the database's
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")
        yield tmp_path
        cursor.execute(f"TRUNCATE {TABLES}")


def seal(home: Path, size: int) -> None:
    """Other test runs of the server may hold older transactions open for a while."""
    deadline = time.monotonic() + 240
    while not Checkpoint.objects.filter(tree_size=size).exists():
        assert time.monotonic() < deadline
        zt(home, "audit", "seal")


def test_the_log_is_verified_and_a_change_by_hand_is_named(log) -> None:
    entries = write(5)
    seal(log, 5)
    report = json.loads(zt(log, "audit", "verify", "--json").stdout)
    assert (report["ok"], report["entries"], report["unsealed_tail"], report["kept_outside"]) == (True, 5, 0, 5)
    assert "日志完好" in zt(log, "audit", "verify").stdout
    with connection.cursor() as cursor:
        cursor.execute("UPDATE security_audit_entry SET outcome = 'denied' WHERE uuid = %s", [entries[3].uuid])
    run = zt(log, "audit", "verify", "--lang", "en", code=1)
    assert f"entry {entries[3].uuid}, leaf 3, was altered" in run.stderr
    first = json.loads(zt(log, "audit", "verify", "--json", code=1).stdout)["first"]
    assert (first["kind"], first["leaf"], first["entry"]) == ("altered", 3, str(entries[3].uuid))


def test_an_object_s_history_is_shown(log) -> None:
    (entry,) = write(1)
    assert str(entry.uuid) in zt(log, "audit", "show", entry.object_urn).stdout
    (row,) = json.loads(zt(log, "audit", "show", entry.object_urn, "--json").stdout)
    assert row["action"] == DONE


def test_a_missing_node_key_is_not_called_damage(log, monkeypatch) -> None:
    monkeypatch.delenv("ZT_NODE_KEY")
    monkeypatch.setenv("ZT_KEY_FILE", str(log / "absent"))
    assert "zt up" in zt(log, "audit", "verify", code=2).stderr


def offline(home: Path, *arguments: str, code: int = 0, command: str = "receipt") -> subprocess.CompletedProcess[str]:
    """No database, no settings, no Django."""
    program = (
        "import sys; from zhengtong.config.cli import main\n"
        "try: main()\n"
        "finally: assert not [m for m in sys.modules if m.startswith(('django', 'psycopg'))]"
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(settings.ROOT / "src"), "LC_ALL": "C.UTF-8"}
    run = subprocess.run(
        [sys.executable, "-c", program, command, *([] if command == "audit" else ["verify"]), *arguments],
        env=env, cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == code, (arguments, run.returncode, run.stdout, run.stderr)
    return run


@pytest.fixture
def served(log):
    """What the node publishes of its log, copied to files and served by Python's own web server."""
    write(300)
    seal(log, 300)
    head = queries.find_checkpoint()
    files = {"checkpoint": head.note.encode()}
    files |= {f"tile/{tile.address}": queries.find_tile(tile.address) for tile in tiles.tiles_of(300)}
    for name, data in files.items():
        path = log / "site" / "log" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (log / "log.vkey").write_text(zt(log, "audit", "keys", "--vkey").stdout)
    handler = functools.partial(SilentHandler, directory=str(log / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/log"
        server.shutdown()


class SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_served_log_is_followed_without_a_database(log, served) -> None:
    def follow(*more: str, code: int = 0):
        return offline(log, "tiles", "verify", served, "--key", "log.vkey", *more, command="audit", code=code)

    report = json.loads(follow("--json", "--keep", "kept.note").stdout)
    assert (report["ok"], report["entries"], report["tiles"], report["faults"]) == (True, 300, 3, [])
    assert "日志完好" in follow("--older", "kept.note").stdout
    tile = log / "site" / "log" / "tile" / "0" / "000"
    sound = tile.read_bytes()
    tile.write_bytes(bytes(32) + sound[32:])
    run = follow("--lang", "en", "--older", "kept.note", code=1)
    assert "two different ones: the first 300 entries" in run.stderr
    tile.unlink()
    assert "tile/0/000: HTTP status 404" in follow(code=2).stderr
    for url in ("ftp://x/log", "http://127.0.0.1:1/log"):
        assert (
            url.split("/log")[0]
            in offline(log, "tiles", "verify", url, "--key", "log.vkey", command="audit", code=2).stderr
        )


@pytest.fixture
def witness(log):
    """A second node: its own database, folder and name."""
    from conftest import admin, template_name

    values, name = connection.settings_dict, f"zt_test_witness_{os.getpid()}"
    with admin(values) as db:
        db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_name()}"')
    home = log / "witness"
    home.mkdir()
    env = environment(home)
    before, own = connection.settings_dict["NAME"], {"ZT_NODE_DIVISION": "511603"}
    env = {**env, **own, "DATABASE_URL": env["DATABASE_URL"].replace(f"/{before}?", f"/{name}?")}

    def run(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "zhengtong", "witness", *arguments],
            env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout

    yield run
    with admin(values) as db:
        db.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_second_node_witnesses_this_one_over_http(log, witness, live_server) -> None:
    """Two databases, two processes, real HTTP: growth, then a history rewritten with the node's own key."""
    write(5)
    seal(log, 5)
    (log / "a.vkey").write_text("\n".join(services.verifier_keys()))
    assert "zhengtong/511603-e+" in witness("add", f"{live_server.url}/log", "--key", str(log / "a.vkey"))
    assert "✓ zhengtong/511602-e 5: 一致" in witness("run")
    write(300)
    seal(log, 305)
    (row,) = json.loads(witness("run", "--json"))
    assert (row["origin"], row["entries"], row["fault"]) == ("zhengtong/511602-e", 305, "")
    assert row["note"].count("\n— zhengtong/511603-e ") == 1
    with connection.cursor() as cursor:  # whoever has the database and the key begins the log anew
        cursor.execute(f"TRUNCATE {TABLES}")
    next((log / "checkpoints").iterdir()).unlink()
    write(2)
    seal(log, 2)
    assert "✗ zhengtong/511602-e 305: the log was rolled back" in witness("run", "--lang", "en", code=1)
    write(350)
    seal(log, 352)
    assert services.verify().ok  # alone it is sound
    assert "history was rewritten" in witness("run", "--lang", "en", code=1)
    (row,) = json.loads(witness("list", "--json"))
    assert (row["entries"], row["fault"]) == (305, "forked")
    assert row["evidence"] == queries.find_checkpoint().note


def test_growth_is_proved(log) -> None:
    write(3)
    seal(log, 3)
    (log / "old.note").write_text(queries.find_checkpoint().note)
    write(4)
    seal(log, 7)
    proof = json.loads(zt(log, "audit", "consistency", "3", "7", "--json").stdout)
    assert (proof["ok"], len(proof["path"])) == (True, 4)
    assert len(zt(log, "audit", "consistency", str(log / "old.note"), "7").stdout.split()) == 4
    assert "no tree of 8" in zt(log, "audit", "consistency", "3", "8", code=2).stderr
    assert "beginning" in zt(log, "audit", "consistency", "7", "3", code=2).stderr
    with connection.cursor() as cursor:
        cursor.execute("UPDATE security_audit_leaf SET hash = %s WHERE index = 2", [bytes(32)])
    run = zt(log, "audit", "consistency", str(log / "old.note"), "7", "--lang", "en", code=1)
    assert "two different ones: 3" in run.stderr


def test_a_receipt_verifies_without_a_server(log) -> None:
    (entry,) = write(1, detail={"number": "511602202603020000017"})
    receipt = services.receipt(entry)
    (log / "promise.json").write_text(json.dumps(receipt))
    assert "节点已签名承诺" in offline(log, "promise.json").stdout
    seal(log, 1)
    (log / "whole.json").write_text(json.dumps(services.complete_receipt(receipt)))
    out = offline(log, "whole.json", "--lang", "en").stdout
    fingerprint = crypto.fingerprint(crypto.public_keys()[-1].raw)
    for text in ("stands in the node's log", "511602202603020000017", entry.object_urn, fingerprint, "--key"):
        assert text in out
    (log / "keys.pem").write_text(zt(log, "audit", "keys").stdout)
    verdict = json.loads(offline(log, "whole.json", "--key", "keys.pem", "--json").stdout)
    assert verdict["ok"]
    assert verdict["sealed"]
    assert verdict["trusted_key"]
    assert verdict["detail"] == {"number": "511602202603020000017"}


def test_a_false_receipt_is_refused_and_a_useless_file_is_called_so(log) -> None:
    (entry,) = write(1, detail={"number": "1"})
    receipt = services.receipt(entry)
    receipt["disclosed"]["detail"]["value"] = {"number": "2"}
    (log / "false.json").write_text(json.dumps(receipt))
    assert "明细与签署的摘要不一致" in offline(log, "false.json", code=1).stdout
    (log / "stranger.pem").write_text(crypto.as_pem(b"\x07" * 32))
    (log / "true.json").write_text(json.dumps(services.receipt(entry)))
    assert "签名无效" in offline(log, "true.json", "--key", "stranger.pem", code=1).stdout
    (log / "useless.json").write_text("{")
    (log / "empty.pem").write_text("")
    offline(log, "useless.json", code=2)
    offline(log, "absent.json", code=2)
    assert "no public key" in offline(log, "true.json", "--key", "empty.pem", code=2).stderr
    assert not json.loads(offline(log, "useless.json", "--json", code=2).stdout)["usable"]


def test_a_worker_relays_seals_and_stops_when_told(log) -> None:
    entries = write(3)
    OutboxRow.objects.create(name="tests.nobody.cares", payload={})
    worker = subprocess.Popen([sys.executable, "-m", "zhengtong", "worker"], env=environment(log))
    try:
        deadline = time.monotonic() + 240
        while OutboxRow.objects.exists() or not Checkpoint.objects.filter(tree_size=len(entries)).exists():
            assert time.monotonic() < deadline
            assert worker.poll() is None
            time.sleep(0.1)
        told = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
        assert time.monotonic() - told < 5
    finally:
        worker.kill()
        worker.wait()
    assert list((log / "checkpoints").iterdir())


def test_a_worker_told_once_does_what_waits_and_ends(log) -> None:
    OutboxRow.objects.create(name="tests.nobody.cares", payload={})
    zt(log, "worker", "--once")
    assert not OutboxRow.objects.exists()


def test_failed_jobs_are_listed_and_can_be_run_again(log) -> None:
    assert json.loads(zt(log, "jobs", "failed", "--json").stdout) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('x', 'tests.gone', '{}', 'failed') RETURNING id"
        )
        (job_id,) = cursor.fetchone()
    assert "tests.gone" in zt(log, "jobs", "failed", code=1).stdout
    zt(log, "jobs", "retry", str(job_id))
    assert f"编号为 {job_id} 的失败任务" in zt(log, "jobs", "retry", str(job_id), code=1).stderr
