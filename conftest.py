"""Tests run on a real PostgreSQL: DATABASE_URL's, else one of our own below .zt, stopped at the end of the run.

One migrated template database for each state of the migrations; each run, and each xdist worker, clones it (50 ms).
With CI set no test may be skipped: what cannot run is a failure.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg
import pytest

pytest_plugins = ["tests.seeded"]
ROOT = Path(__file__).parent
HOME = ROOT / ".zt" / ("test-embedded" if os.environ.get("ZT_EMBEDDED") == "1" else "test")
STAMP = "PYTEST_OWN_SERVER"
os.environ.setdefault("ZT_NODE_KEY", base64.b64encode(b"a key for tests, for nothing but").decode())


# -- the server -------------------------------------------------------------------------------------------------------
def pytest_configure(config: pytest.Config) -> None:
    """Keep tests away from a node's own files, and see that there is a server."""
    from django.conf import settings

    HOME.mkdir(parents=True, exist_ok=True)
    if not hasattr(config, "workerinput"):
        subprocess.run([sys.executable, ROOT / "scripts" / "messages.py", "compile"], check=True)
    settings.ZT_HOME, settings.ZT_FILES, settings.MEDIA_ROOT = HOME, HOME / "files", HOME / "media"
    # Scrypt takes a quarter of a second for each account that a test makes; its own tests ask for the node's.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    settings.ZT_RATE_LIMITS = "off"  # tests are faster than people; the limits' own tests switch them on
    settings.ZT_KEY_FILE, settings.STATIC_ROOT = HOME / "keys" / "node.key", HOME / "static"
    settings.MIDDLEWARE = ["tests.as_web.AsWeb", *settings.MIDDLEWARE]
    if not os.environ.get("DATABASE_URL"):
        config.stash[_server] = OwnServer()
    _connect(os.environ["DATABASE_URL"])


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(_server, None):
        server.leave()


class OwnServer:
    """A server that gives up durability for speed. Runs at the same time share it; the last one out stops it."""

    def __init__(self) -> None:
        from zhengtong.config.node.postgres import Server

        self.users: IO[str] = open(HOME / "users.lock", "a")  # noqa: SIM115
        fcntl.flock(self.users, fcntl.LOCK_SH)
        self.server = Server(HOME, fast=True)
        self.server.start()
        os.environ.update({"DATABASE_URL": self.server.url(), STAMP: "1"})

    def leave(self) -> None:
        with suppress(BlockingIOError):
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.server.stop()
        self.users.close()


_server = pytest.StashKey[OwnServer]()


def _connect(url: str) -> None:
    """pytest-django has read the settings before us: tell them of the server."""
    from django.db import connections

    from zhengtong.config.settings import _database

    found = _database(url)
    connections["default"].settings_dict.update({k: found[k] for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})


# -- the database -----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    from django.db import connections
    from django.test import TransactionTestCase

    values = connections["default"].settings_dict
    template, name = template_name(), f"zt_test_{os.getpid()}"
    with admin(values) as db, django_db_blocker.unblock():
        db.execute("SELECT pg_advisory_lock(hashtext('zt_template'))")  # one run makes it, the others wait
        if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", (template,)).fetchone():
            _make_template(db, template, values)
    _clone(values, template, name)
    values["NAME"] = name
    with pytest.MonkeyPatch.context() as patch:  # the database stays shut to a test that has not asked for it
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: _clone_again(values, template, name))
        yield
    with admin(values) as db, django_db_blocker.unblock():
        connections.close_all()
        db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _clone(values: dict[str, Any], template: str, name: str) -> None:
    with admin(values) as db:
        db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _clone_again(values: dict[str, Any], template: str, name: str) -> None:
    """After a test that commits: Django's flush would take what migrations made, and miss tables it does not manage."""
    from asgiref.sync import SyncToAsync
    from django.db import connections

    _outside_any_loop(connections.close_all)
    connections.close_all()
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()  # where jobs are run
    if values["NAME"] == name:  # a module's own database (tests/seeded.py) goes with its module
        _clone(values, template, name)
        from zhengtong.security.crypto import services as crypto

        crypto.forget_keys()  # the clone has the template's, whatever the test did to its own


def _outside_any_loop(function: Callable[[], None]) -> None:
    """While Playwright drives a browser its loop runs in this thread, and Django keeps connections for it apart."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        function()
    finally:
        asyncio._set_running_loop(loop)


def template_name() -> str:
    """Names the state of all migrations: ours by their content, the libraries' by the lock."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes() + os.environ["ZT_NODE_KEY"].encode())
    rights = [ROOT / "src/zhengtong/config/node" / name for name in ("rights.py", "database.py")]
    compiled = [*(ROOT / "registers").rglob("*.yaml"), *(ROOT / "src").rglob("definition/*.py")]
    work = [*(ROOT / "src").rglob("services/work.py"), *compiled]
    for file in sorted([*(ROOT / "src").rglob("migrations/*.py"), *work, *rights]):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return f"zt_template_{digest.hexdigest()[:12]}"


def admin(values: dict[str, Any]) -> psycopg.Connection[Any]:
    server = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    known = {option: values[key] for option, key in server.items() if values[key]}
    return psycopg.connect(**known, dbname="postgres", autocommit=True)


def _make_template(db: psycopg.Connection[Any], template: str, values: dict[str, Any]) -> None:
    if os.environ.get(STAMP):  # nobody else uses this server: earlier states of the migrations may go
        for (old,) in db.execute("SELECT datname FROM pg_database WHERE datname LIKE 'zt\\_template\\_%'").fetchall():
            db.execute(f'ALTER DATABASE "{old}" IS_TEMPLATE false')
            db.execute(f'DROP DATABASE "{old}"')
    db.execute(f'DROP DATABASE IF EXISTS "{template}"')
    db.execute(f"CREATE DATABASE \"{template}\" TEMPLATE template0 ENCODING 'UTF8'")
    who = f"{quote(values['USER'])}:{quote(values['PASSWORD'])}"
    where = f"host={quote(values['HOST'])}&port={values['PORT']}"
    subprocess.run(
        [sys.executable, "-m", "zhengtong", "manage", "migrate", "-v0"],
        env={
            **os.environ, "DATABASE_URL": f"postgresql://{who}@/{template}?{where}", "ZT_HOME": str(HOME),
            "PYTHONPATH": str(ROOT / "src"), "ZT_DATABASE_ROLE": "",
        },
        check=True, cwd=ROOT,
    )  # fmt: skip
    _make_keys(values, template)
    _make_registers(values, template)
    _grant(db, f"postgresql://{who}@/{template}?{where}")
    db.execute(f'ALTER DATABASE "{template}" IS_TEMPLATE true')


def _grant(db: psycopg.Connection[Any], url: str) -> None:
    """The web's role has in every clone what it has on a node: tests/as_web.py works with it."""
    from zhengtong.config.node import database, prepare

    if not db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (database.WEB,)).fetchone():
        db.execute(f"CREATE ROLE {database.WEB} NOLOGIN")
    database.grant(url, database.WEB, list(prepare.grants_of_rooms()))


def _make_keys(values: dict[str, Any], template: str) -> None:
    """The node's key ring is part of the template, so that every clone has the same."""
    from django.db import connections

    from zhengtong.kernel import clock
    from zhengtong.security.crypto import services as crypto

    before, values["NAME"] = values["NAME"], template
    connections.close_all()
    crypto.ensure_ring(at=clock.now())
    connections.close_all()
    values["NAME"] = before


def _make_registers(values: dict[str, Any], template: str) -> None:
    """The shipped registers' tables are part of the template as if migrations had made them: no trace in log or outbox,
    no organisation and no code table yet."""
    from django.db import connection, connections

    from zhengtong.kernel import clock
    from zhengtong.kernel.actors import system_actor
    from zhengtong.resources.registers import services as registers

    before, values["NAME"] = values["NAME"], template
    connections.close_all()
    registers.ensure_shipped(actor=system_actor("tests"), at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE security_audit_entry, kernel_events_outbox RESTART IDENTITY")
    connections.close_all()
    values["NAME"] = before


# -- no skips in CI ---------------------------------------------------------------------------------------------------
@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    return _without_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    return _without_skip((yield))


def _without_skip(report: Any) -> Any:
    if os.environ.get("CI") and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _keys_are_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process asks every 20 seconds whether the key ring was changed: one query more, at a moment nobody foresees."""
    from zhengtong.security.crypto.services import ring

    monkeypatch.setattr(ring, "CHECK_EVERY", float("inf"))


@pytest.fixture(autouse=True)
def _organisations_read_anew() -> None:
    """A test's changes are undone behind the back of what a process keeps for half a minute."""
    from zhengtong.security.directory import queries as directory

    directory.forget_organisations()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Between tests databases are dropped and cloned: a connection that went with one is opened anew, not inherited."""
    from django.db import connection

    held = connection.connection
    if held is None or connection.in_atomic_block:
        return
    try:
        held.execute("SELECT 1")
    except psycopg.Error:
        connection.close()
