"""Backup and restore of a gigabyte (100,000 rows) against copying the same bytes on the same disk, in the same run.

The restore is the product's own: base and log out of sealed pieces, pg_verifybackup, recovery, files. The baseline is
`cp -r` of the data folder with sync, the least anybody could do. A round is a backup, a copy, a restore, a copy.
"""

from __future__ import annotations

import base64
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .measuring import machine, memory_mb

ROW = 7_600  # random bytes of a row, 10,133 as Base64: neither PostgreSQL nor gzip makes much less of it
KEY = bytes(range(32))
TABLES = """
CREATE TABLE thing (id bigserial PRIMARY KEY, body text NOT NULL);
CREATE TABLE support_files_storedfile (sha256 text NOT NULL);
ALTER TABLE thing ALTER body SET STORAGE EXTERNAL;
"""


def run(url: str, *, rows: int, seconds: float) -> dict[str, Any]:  # noqa: ARG001
    """Measure on a server of its own below the scratch home; every round restores all of it."""
    from zhengtong.config.node.backup.source import Source
    from zhengtong.config.node.backup.stores import FolderStore
    from zhengtong.config.node.backup.vault import Vault
    from zhengtong.config.node.postgres import Server

    folder = Path(os.environ["ZT_HOME"])
    source = Source(Server(folder))
    vault = Vault(FolderStore(folder / "store"), [KEY])
    errors: list[str] = []
    try:
        source.server.start()
        _fill(source, rows)
        facts = _measure(source, vault, folder, rows, errors)
    finally:
        source.server.stop()
        shutil.rmtree(source.server.base, ignore_errors=True)
    return {
        "bench": "backup", "rows": rows, **facts, "memory_mb": memory_mb([os.getpid()]), "errors": errors,
        "machine": machine(folder),
    }  # fmt: skip


def _measure(source: Any, vault: Any, folder: Path, rows: int, errors: list[str]) -> dict[str, Any]:
    from zhengtong.config.node.backup import base

    backup, saving = _timed(lambda: base.take(source, vault, at=datetime.now(UTC)))
    _, copying = _timed(lambda: _copy(source.server.data, folder / "copy"))
    counted, restoring = _timed(lambda: _restore(vault, backup, folder / "restored"))
    _, again = _timed(lambda: _copy(source.server.data, folder / "copy"))
    if counted != rows:
        errors.append(f"{counted} rows came back instead of {rows}")
    plain = statistics.mean([copying, again])
    return {
        "figures": {
            "backup": _figure(backup.size, saving), "restore": _figure(backup.size, restoring),
            "size": {"value": backup.size, "unit": "bytes", "p50_ms": None, "p99_ms": None, "errors": 0},
            "stored": {"value": backup.stored, "unit": "bytes", "p50_ms": None, "p99_ms": None, "errors": 0},
        },
        "baselines": {"copy": _figure(backup.size, plain)},
        "ratios": {
            "restore_seconds": round(restoring, 1), "backup_seconds": round(saving, 1),
            "copy_seconds": round(plain, 1), "restore_vs_copy": round(plain / restoring, 3),
            "backup_vs_copy": round(plain / saving, 3),
        },
    }  # fmt: skip


def _fill(source: Any, rows: int) -> None:
    import psycopg

    from zhengtong.config.node.backup.source import tables_url

    with source.connect() as db:
        db.execute("CREATE DATABASE zhengtong TEMPLATE template0 ENCODING 'UTF8'")
    with psycopg.connect(tables_url(source.server)) as db:
        db.execute(TABLES)
        with db.cursor().copy("COPY thing (body) FROM STDIN") as copy:
            for _ in range(rows):
                copy.write_row((base64.b64encode(os.urandom(ROW)).decode(),))
    with source.connect() as db:
        db.execute("CHECKPOINT")


def _copy(data: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-r", data, target], check=True)
    os.sync()


def _restore(vault: Any, backup: Any, home: Path) -> int:
    """Into a home of its own; returns the rows that are there."""
    import psycopg

    from zhengtong.config.node.backup.restore import Target, restore
    from zhengtong.config.node.backup.source import tables_url

    home.mkdir(mode=0o755)
    before, os.environ["ZT_HOME"] = os.environ["ZT_HOME"], str(home)
    server = None
    try:
        server = restore(vault, backup, Target()).server
        os.sync()
        server.start()
        with psycopg.connect(tables_url(server)) as db:
            row = db.execute("SELECT count(*) FROM thing").fetchone()
        return int(row[0] if row else 0)
    finally:
        os.environ["ZT_HOME"] = before
        if server:
            server.stop()
            shutil.rmtree(server.base, ignore_errors=True)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    done = work()
    taken = time.perf_counter() - begun
    print(f"  {taken:.1f} s", file=sys.stderr)
    return done, taken


def _figure(size: int, seconds: float) -> dict[str, Any]:
    return {"value": round(size / seconds / 1e6, 1), "unit": "MB/s", "p50_ms": None, "p99_ms": None, "errors": 0}
