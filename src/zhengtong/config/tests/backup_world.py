"""A node of few tables and a store elsewhere, for the tests of backups."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from zhengtong.config.node.backup import catalogue, comparing, slots, source
from zhengtong.config.node.backup.restore import Restored, Target, restore
from zhengtong.config.node.backup.source import Source
from zhengtong.config.node.backup.vault import Vault
from zhengtong.config.node.postgres import Server

KEY = b"the node key of these tests only"
TABLES = """
CREATE TABLE thing (id bigserial PRIMARY KEY, body text NOT NULL);
CREATE TABLE support_files_storedfile (sha256 text NOT NULL);
CREATE TABLE security_audit_checkpoint (tree_size bigint PRIMARY KEY, root bytea NOT NULL);
"""


@dataclass
class World:
    """A node's home with a server, and a store elsewhere."""

    folder: Path
    source: Source
    vault: Vault
    homes: list[Server] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def add(self, body: str) -> None:
        with psycopg.connect(source.tables_url(self.source.server)) as db:
            db.execute("INSERT INTO thing (body) VALUES (%s)", (body,))

    def store_file(self, content: bytes) -> str:
        """As the file store does: bytes first, then the row."""
        digest = hashlib.sha256(content).hexdigest()
        path = source.path_of(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        with psycopg.connect(source.tables_url(self.source.server)) as db:
            db.execute("INSERT INTO support_files_storedfile VALUES (%s)", (digest,))
        return digest

    def state(self) -> comparing.State:
        with self.source.connect("zhengtong") as db:
            return comparing.state(db)

    @contextmanager
    def back(
        self,
        *,
        to: datetime | None = None,
        extra: Path | None = None,
        vault: Vault | None = None,
        timeline: int = 0,
    ) -> Iterator[tuple[Restored, psycopg.Connection]]:
        """The node brought back elsewhere, its server running."""
        vault = vault or self.vault
        with self.elsewhere():
            restored = restore(
                vault, catalogue.choose(vault, to=to, timeline=timeline), Target(to, timeline=timeline), extra=extra,
                fast=True,
            )  # fmt: skip
            self.homes.append(restored.server)
            restored.server.start()
            with psycopg.connect(source.tables_url(restored.server), autocommit=True) as db:
                yield restored, db
            restored.server.stop()

    @contextmanager
    def elsewhere(self) -> Iterator[Path]:
        home = Path(tempfile.mkdtemp(dir=self.folder))
        home.chmod(0o755)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ZT_HOME", str(home))
            yield home


def begin(server: Server) -> None:
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as db:
        db.execute("CREATE DATABASE zhengtong TEMPLATE template0 ENCODING 'UTF8'")
        slots.reserve(db, slots.ARCHIVE)
    with psycopg.connect(source.tables_url(server)) as db:
        db.execute(TABLES)
        db.execute("INSERT INTO security_audit_checkpoint VALUES (7, '\\x0102')")
        db.execute("INSERT INTO thing (body) SELECT repeat(md5(n::text), 20) FROM generate_series(1, 4000) n")
