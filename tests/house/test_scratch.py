"""The database of a demonstration: its tables are kept for the next one, and nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from zhengtong.config.node import progress, scratch
from zhengtong.config.node.database import DatabaseFault


@pytest.fixture
def admin() -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres"))


@pytest.fixture
def databases(admin: str) -> Callable[[], set[str]]:
    def _databases() -> set[str]:
        with psycopg.connect(admin) as db:
            return {name for (name,) in db.execute("SELECT datname FROM pg_database")}

    return _databases


@pytest.fixture
def migrations(admin: str, monkeypatch) -> Iterator[list[str]]:
    """An own server with next to nothing to migrate; the list of databases that were migrated."""
    made: list[str] = []

    def migrate(url: str) -> None:
        made.append(url)
        with psycopg.connect(url) as db:
            db.execute("CREATE TABLE known (x int)")

    prefix = f"zt_kept_{uuid.uuid4().hex[:6]}_"
    monkeypatch.setattr(scratch, "KEPT", prefix)
    monkeypatch.setattr(scratch, "_migrate", migrate)
    monkeypatch.setattr(scratch.home, "prepare", lambda: None)
    monkeypatch.setattr(scratch, "Server", lambda _: _Running(admin))
    monkeypatch.delenv("DATABASE_URL")
    yield made
    with psycopg.connect(admin, autocommit=True) as db:
        for (name,) in db.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (prefix,)
        ).fetchall():
            db.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class _Running:
    """A server that runs already."""

    def __init__(self, admin: str) -> None:
        self.admin = admin

    def start(self) -> bool:
        return False

    def url(self) -> str:
        return self.admin


def test_the_tables_are_made_once(migrations, databases) -> None:
    names = []
    for _ in range(2):
        with scratch.scratch_database("demo") as url, psycopg.connect(url) as db:
            assert db.execute("SELECT count(*) FROM known").fetchone() == (0,)
            names.append(db.info.dbname)
    assert len(migrations) == 1
    assert not databases() & set(names)


def test_tables_of_other_migrations_go(migrations, databases, monkeypatch) -> None:
    for digest in ("a" * 24, "b" * 24):
        monkeypatch.setattr(scratch, "digest_of", lambda _, digest=digest: digest)
        with scratch.scratch_database("demo"):
            pass
    assert len(migrations) == 2
    assert {name for name in databases() if name.startswith(scratch.KEPT)} == {f"{scratch.KEPT}{'b' * 12}"}


def test_what_a_killed_demonstration_left_goes(migrations, admin, databases) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    dead, living = f"zt_bench_{gone.pid}", f"zt_bench_{os.getppid()}"
    with psycopg.connect(admin, autocommit=True) as db:
        for name in (dead, living):
            db.execute(f'CREATE DATABASE "{name}"')
        try:
            with scratch.scratch_database("demo"):
                assert databases() & {dead, living} == {living}
        finally:
            db.execute(f'DROP DATABASE IF EXISTS "{living}"')


def test_a_server_of_somebody_else_keeps_nothing(migrations, admin, databases, monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_URL", admin)
    before = databases()
    with scratch.scratch_database("demo") as url:
        assert migrations == [url]
    assert databases() <= before


def test_a_server_that_is_not_there_is_named(monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseFault, match="No scratch database can be made"), scratch.scratch_database("demo"):
        pass


def test_json_has_the_standard_output_to_itself(capsys) -> None:
    progress.step_aside(True)
    try:
        with progress.step("something"):
            pass
    finally:
        progress.step_aside(False)
    said = capsys.readouterr()
    assert said.out == ""
    assert "something" in said.err


@pytest.mark.slow
def test_the_story_is_told_to_programs_as_one_object(tmp_path) -> None:
    told = _json_of(tmp_path, "demo", "--json")
    assert told["outcome"] == "granted"
    assert told["receipt_verified"] is told["log_intact"] is True
    assert told["case"]
    assert told["credential"] in told["credentials"]


@pytest.mark.slow
def test_a_benchmark_is_told_to_programs_as_one_object(tmp_path) -> None:
    told = _json_of(tmp_path, "bench", "journey", "--rows", "1000", "--seconds", "3", "--json")
    assert told["bench"] == "journey"
    assert set(told) >= {"rows", "figures", "baselines", "ratios", "memory_mb", "machine"}


def _json_of(home: Path, *arguments: str) -> dict[str, Any]:
    """What a command prints on its standard output, which must be JSON and nothing else."""
    kept = {name: value for name, value in os.environ.items() if name not in ("ZT_NODE_KEY", "ZT_SECRET_KEY")}
    done = subprocess.run(
        [sys.executable, "-m", "zhengtong", *arguments], env={**kept, "ZT_HOME": str(home)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
