"""The rehearsal: bring the newest backup back elsewhere on this machine and compare it, row by row, with the node."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from zhengtong.config.node import database, home
from zhengtong.config.node.postgres import Server
from zhengtong.config.node.progress import step

from . import base, catalogue, comparing, slots
from . import source as sources
from .catalogue import Backup
from .restore import Restored, Target, restore
from .shipping import Shipper
from .source import Source
from .vault import Vault, key_file


@dataclass
class Rehearsal:
    """The result of a drill. `faults` is empty where the node would come back whole."""

    at: str
    backup: str = ""
    seconds: float = 0.0  # of the restore alone
    size: int = 0
    tables: int = 0
    rows: int = 0
    files: int = 0
    entries: int = 0  # of the log, as its checkpoint counts them
    root: str = ""
    checks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults


def drill(source: Source, vault: Vault, *, at: datetime, inside: Path | None = None) -> Rehearsal:
    """Mark a point, bring the node back up to it, verify and compare. The node goes on working meanwhile."""
    found = Rehearsal(at.isoformat())
    point = f"zhengtong drill {catalogue.stamp(at)}"
    with source.reserved_log() if not _is_archived(source) else nullcontext():
        backup = _newest(source, vault, at)
        found.backup, found.size = backup.id, backup.size
        with comparing.marked(source, point) as reader, step("源数据状态 state of the node"):
            here = comparing.state(reader)
        with step("日志归档 archive"):
            Shipper(source, vault, first=source.log.segment_of(backup.start_lsn)).ship()
    with _elsewhere(inside):
        begun = time.monotonic()
        restored = restore(vault, backup, Target(point=point))
        found.seconds = round(time.monotonic() - begun, 1)
        _judge(found, restored, here)
    return found


def _is_archived(source: Source) -> bool:
    with source.connect() as db:
        return slots.is_reserved(db, slots.ARCHIVE)


def _newest(source: Source, vault: Vault, at: datetime) -> Backup:
    """The newest base, if the log goes on from it without a gap; else one taken now."""
    known = catalogue.backups(vault, source.system)
    if known and _is_archived(source):
        return known[-1]
    with base.alone(), step("基础备份 base backup"):
        return base.take(source, vault, at=at)


@contextmanager
def _elsewhere(inside: Path | None) -> Iterator[None]:
    """A home of its own, which sees nothing of the node but its key."""
    before, key = dict(os.environ), key_file()
    folder = Path(tempfile.mkdtemp(prefix="drill-", dir=inside or home.folder() / "run"))
    os.environ.update(ZT_HOME=str(folder), ZT_KEY_FILE=str(key))
    for name in ("ZT_FILES", "DATABASE_URL", "ZT_BACKUP_TO", "ZT_BACKUP_MIRROR", "ZT_DATABASE_ROLE"):
        os.environ.pop(name, None)
    try:
        home.prepare()
        home.ensure_secret()
        yield
    finally:
        outside = Server(folder).base
        os.environ.clear()
        os.environ.update(before)
        for place in (outside, folder):
            shutil.rmtree(place, ignore_errors=True)


def _judge(found: Rehearsal, restored: Restored, here: comparing.State) -> None:
    import psycopg

    server = restored.server
    found.faults += [f"a row names the file {digest}, which the store does not hold" for digest in restored.lost]
    found.checks.append("pg_verifybackup")
    server.start()
    try:
        with step("比对 compare"), psycopg.connect(sources.tables_url(server), autocommit=True) as db:
            there = comparing.state(db)
        found.faults += here.differences(there)
        found.tables, found.rows = len(there.tables), there.rows
        found.entries, found.root = there.head or (0, "")
        found.checks.append("state")
        with step("核对 pg_amcheck"):
            _amcheck(found, server)
        with step("核对 zt audit verify"):
            _verify_log(found)
        found.files = _verify_files(found)
    finally:
        server.stop()


def _amcheck(found: Rehearsal, server: Server) -> None:
    """Every heap and index against its own rules, indexes against their tables."""
    program = server.binaries / "pg_amcheck"
    if not os.access(program, os.X_OK):
        found.faults.append(f"{program} is not installed: tables and indexes were not examined")
        return
    command = [
        program, "-h", str(server.socket), "-U", "postgres", "-d", database.NAME, "--install-missing",
        "--heapallindexed",
    ]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    found.checks.append("pg_amcheck")
    if done.returncode:
        found.faults.append(f"pg_amcheck: {(done.stdout + done.stderr).strip()[-800:]}")


def _verify_log(found: Rehearsal) -> None:
    command = [sys.executable, "-m", "zhengtong", "audit", "verify", "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    found.checks.append("audit verify")
    if done.returncode:
        found.faults.append(f"zt audit verify: {_words(done.stdout) or done.stderr.strip()[-800:]}")


def _words(text: str) -> Any:
    try:
        return json.loads(text).get("faults")
    except ValueError:
        return text.strip()[-800:]


def _verify_files(found: Rehearsal) -> int:
    count = 0
    for path in sources.files_folder().glob("??/??/*"):
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != path.name:
                found.faults.append(f"the file {path.name} came back altered")
        count += 1
    found.checks.append("files")
    return count
