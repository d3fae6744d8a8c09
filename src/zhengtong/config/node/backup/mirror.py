"""The mirror: pg_receivewal as a synchronous standby writes every commit to a folder on another disk before it counts.

What it holds is plain log, as pg_wal is: the folder belongs to the node's machine, not to the store of backups.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from . import slots
from .base import required
from .catalogue import stamp
from .faults import BackupFault
from .source import Source
from .wal import PARTIAL, is_segment

STREAMS = "SELECT 1 FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'"


@dataclass
class Mirror:
    """One pg_receivewal and its folder."""

    source: Source
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    is_waited_for: bool = False

    def look_after(self) -> None:
        """Start it where it does not run; once it streams, commits wait for it. Raises BackupFault."""
        if not self.process or self.process.poll() is not None:
            self._start()
        if not self.is_waited_for:
            with self.source.connect() as db:
                if db.execute(STREAMS, (slots.MIRROR,)).fetchone():
                    slots.wait_for_mirror(db, True)
                    self.is_waited_for = True

    def _start(self) -> None:
        with contextlib.suppress(FileExistsError):
            try:
                self.folder.mkdir(mode=0o700, parents=True)
            except OSError as fault:
                if not self.folder.is_dir():
                    raise BackupFault(f"ZT_BACKUP_MIRROR={self.folder}: {fault.strerror}.") from fault
        with self.source.connect() as db:
            slots.reserve(db, slots.MIRROR)
            row = db.execute("SELECT pg_walfile_name(pg_current_wal_flush_lsn())").fetchone()
        self._put_aside(str(row[0])[:8] if row else "")
        address = f"{self.source.server.url()}&application_name={slots.MIRROR}"
        self.process = subprocess.Popen(
            [
                required(self.source, "pg_receivewal"), "-d", address, "-D", str(self.folder), "-S", slots.MIRROR,
                "--synchronous", "--no-loop", "-w",
            ],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def _put_aside(self, timeline: str) -> None:
        """After a restore the log goes on in another timeline: the old one's segments stay, in a folder beside."""
        old = [p for p in self._segments() if not p.name.startswith(timeline)]
        if old:
            aside = self.folder / f"before-{stamp(datetime.now(UTC))}"
            aside.mkdir(mode=0o700)
            for path in [*old, *self.folder.glob("*.history")]:
                path.rename(aside / path.name)

    def forget(self, before: int) -> None:
        """Remove segments that the archive has by now."""
        for path in self._segments():
            if PARTIAL not in path.name and self.source.log.number(path.name) < before:
                path.unlink(missing_ok=True)

    def _segments(self) -> list[Path]:
        return [p for p in self.folder.iterdir() if is_segment(p.name.removesuffix(PARTIAL))]

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
