"""A question about a node that does not stand here is answered in a sentence, and makes no node."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from django.db import connection

from zhengtong.config.cli import main


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("ZT_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL")
    return tmp_path


@pytest.mark.parametrize("question", ["audit verify", "audit show urn:x", "ca list", "register list", "keys list"])
def test_in_an_empty_folder_there_is_no_node(empty, question: str) -> None:
    told = CliRunner().invoke(main, question.split())
    assert told.exit_code == 1
    assert "There is no node in" in told.output
    assert "zt prepare" in told.output
    assert not list(empty.rglob("PG_VERSION"))


@pytest.mark.django_db
def test_a_database_without_its_tables_is_named(monkeypatch) -> None:
    monkeypatch.setattr("zhengtong.config.cli.adopt_node", lambda: None)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE security_signing_certificate RENAME TO mislaid")
    told = CliRunner().invoke(main, ["ca", "list"])
    assert told.exit_code == 1
    assert "run `zt prepare` first" in told.output
    assert "security_signing_certificate" in told.output
