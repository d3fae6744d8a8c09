"""The node whose data are backed up: its own server, its file store, its pictures and checkpoints."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhengtong.config.node import attach, database, home
from zhengtong.config.node.postgres import Server

from .faults import BackupFault
from .wal import Log

if TYPE_CHECKING:
    import psycopg

STORED = re.compile(r"[0-9a-f]{64}")
HOME_FOLDERS = ("media", "checkpoints")  # what belongs to a backup beside database and file store


@dataclass(frozen=True)
class Source:
    """A node that runs its own PostgreSQL."""

    server: Server

    @contextmanager
    def connect(self, name: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
        """As the superuser. Commits here never wait for the mirror."""
        import psycopg

        options = "-c synchronous_commit=local"
        with psycopg.connect(self.server.url(name), autocommit=True, options=options, connect_timeout=10) as db:
            yield db

    @cached_property
    def log(self) -> Log:
        with self.connect() as db:
            size = db.execute("SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'").fetchone()
        return Log(self.server.data / "pg_wal", int(size[0] if size else 0))

    @cached_property
    def system(self) -> str:
        """The number PostgreSQL gave this database cluster when it was made."""
        with self.connect() as db:
            row = db.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
        return str(row[0] if row else "")

    def timeline(self) -> int:
        """The timeline the server writes: each restore begins a new one."""
        with self.connect() as db:
            row = db.execute("SELECT pg_walfile_name(pg_current_wal_flush_lsn())").fetchone()
        return int(row[0][:8], 16) if row else 0

    @contextmanager
    def reserved_log(self) -> Iterator[None]:
        """While this lasts the server keeps the log from here on."""
        with self.connect() as db:
            name = f"zt_base_{secrets.token_hex(6)}"
            db.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", (name,))
            yield

    def stored_files(self) -> Iterator[str]:
        """The digests of the file store, as it lies on the disk."""
        for path in files_folder().glob("??/??/*"):
            if STORED.fullmatch(path.name):
                yield path.name


def files_folder() -> Path:
    return Path(os.environ.get("ZT_FILES") or home.folder() / "files")


def path_of(sha256: str) -> Path:
    return files_folder() / sha256[:2] / sha256[2:4] / sha256


def source() -> Source:
    """The node of this folder; its server is started where it does not run. Raises BackupFault for one that is
    run elsewhere."""
    home.prepare()
    attach.recall()
    told = home.told()
    elsewhere = os.environ.get("DATABASE_URL", "") not in ("", told.get("owner_database"))
    if told.get("given_database") or elsewhere:
        raise BackupFault(
            "The database of this node is run elsewhere (DATABASE_URL), so its backup is made there: continuous "
            "archiving or managed snapshots of that server, and a copy of the folder files/. "
            "docs/operations/backup.md, A database that others run, says what they must give."
        )
    server = Server(home.folder())
    if not (server.data / "PG_VERSION").exists():
        raise BackupFault(f"{home.folder()} holds no database yet: `zt up` makes one.")
    if server.start():
        atexit.register(_leave, server)
    return Source(server)


def _leave(server: Server) -> None:
    if lock := home.take():
        with contextlib.suppress(Exception):
            server.stop()
        lock.close()


def tables_url(server: Server) -> str:
    """The node's own database, as its superuser."""
    return server.url(database.NAME)
