"""DATABASE_URL: a server somebody else runs, with a user who may much or little."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from zhengtong.config.node import database, rights
from zhengtong.config.node.database import DatabaseFault


def _url(url: str, *, name: str, user: str = "") -> str:
    parts = urlsplit(url)
    if user:
        parts = parts._replace(netloc=user + "@" + parts.netloc.rpartition("@")[2])
    return urlunsplit(parts._replace(path=f"/{name}"))


@pytest.fixture
def server() -> str:
    return os.environ["DATABASE_URL"]


@pytest.fixture
def name(server: str) -> Iterator[str]:
    chosen = f"zt_given_{uuid.uuid4().hex[:8]}"
    yield chosen
    with psycopg.connect(_url(server, name="postgres"), autocommit=True) as db:
        db.execute(f'DROP DATABASE IF EXISTS "{chosen}" WITH (FORCE)')


@pytest.fixture
def plain_user(server: str, name: str) -> Iterator[str]:
    """A user who owns a database and may make no role."""
    user = f"{name}_user"
    with psycopg.connect(_url(server, name="postgres"), autocommit=True) as db:
        db.execute(f"CREATE ROLE {user} LOGIN")
        db.execute(f"CREATE DATABASE {name} OWNER {user}")
        yield user
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")
        db.execute(f"DROP ROLE {user}")


def test_a_missing_database_is_made_and_the_web_gets_its_role(
    server: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "RIGHTS", {"grown": ("SI", ""), "kept*": ("SIUD", "")})
    found = database.ensure_given(_url(server, name=name))
    assert found.web_role == database.WEB
    with psycopg.connect(found.owner, autocommit=True) as db:
        db.execute("CREATE TABLE django_migrations (x int)")
        db.execute("CREATE TABLE grown (x int) PARTITION BY LIST (x)")
        db.execute("CREATE TABLE grown_1 PARTITION OF grown FOR VALUES IN (1)")
        db.execute("CREATE TABLE kept (x int)")
    assert database.read_stamps(found.owner) == {}
    database.write_stamp(found.owner, "tables", "a")
    database.write_stamp(found.owner, "tables", "b")
    assert database.read_stamps(found.owner) == {"tables": "b"}
    database.grant(found.owner, database.WEB, [lambda role: [f"REVOKE UPDATE, DELETE ON kept FROM {role}"]])
    assert [rights.rights_of(table) for table in ("grown", "kept_back", "others")] == ["SI", "SIUD", None]
    with psycopg.connect(found.web, options=f"-c role={found.web_role}", autocommit=True) as web:
        web.execute("INSERT INTO grown VALUES (1)")
        web.execute("INSERT INTO kept VALUES (1)")
        for statement in (
            "DELETE FROM kept", "DELETE FROM grown", "DELETE FROM grown_1", "SELECT * FROM django_migrations",
            "CREATE TABLE mine (x int)", "DROP TABLE kept",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute(statement)


def test_a_user_who_may_make_no_role_works_without(server: str, name: str, plain_user: str) -> None:
    with psycopg.connect(_url(server, name="postgres"), autocommit=True) as db:
        role_stands = db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (database.WEB,)).fetchone()
    found = database.ensure_given(_url(server, name=name, user=plain_user))
    assert found.web_role == "", "whether the role stands or not, this user is no member" + str(role_stands)
    assert found.web == found.owner


def test_no_server_no_rights_or_an_old_server_is_said(
    server: str, name: str, plain_user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DatabaseFault, match="does not lead to a database"):
        database.ensure_given("postgresql://nobody@/x?host=/nonexistent")
    with pytest.raises(DatabaseFault, match="does not exist and cannot be made"):
        database.ensure_given(_url(server, name="zt_given_missing", user=plain_user))
    monkeypatch.setattr(database, "OLDEST", 990000)
    with pytest.raises(DatabaseFault, match="the node needs 15 or newer"):
        database.ensure_given(_url(server, name=name, user=plain_user))


@pytest.mark.slow
def test_seeding_an_empty_database_makes_its_tables_and_keys(server: str, name: str, tmp_path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "ZT_NODE_KEY"}
    environment |= {"DATABASE_URL": _url(server, name=name), "ZT_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-m", "zhengtong", "seed", "--demo"], env=environment, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(environment["DATABASE_URL"]) as db:
        for table in ("security_crypto_key", "security_identity_account", "register_legal_entities"):
            assert db.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone() == (True,), table
    assert (tmp_path / "home" / "keys" / "node.key").stat().st_mode & 0o077 == 0
