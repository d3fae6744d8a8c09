"""The keeper of backups beside a running node: ships the log, keeps the mirror, takes a base when one is due."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg

from zhengtong.config.node import database
from zhengtong.config.node.progress import say

from . import adoption, catalogue, record, slots
from .faults import BackupFault
from .mirror import Mirror
from .plan import Plan
from .shipping import LogLost, Shipper
from .source import Source
from .vault import Vault, node_keys, unreadable_keys

LAST = 8.0  # seconds the others have to end before the mirror does
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
ROUND = 1.0  # seconds between two looks at the mirror
AGAIN = timedelta(minutes=10)  # after a base backup that failed


@dataclass
class Keeper:
    """`run` returns when told to stop; what fails is said, noted for `zt status`, and tried again."""

    source: Source
    vault: Vault
    plan: Plan
    stop: threading.Event = field(default_factory=threading.Event)
    shipper: Shipper | None = None
    base: subprocess.Popen[bytes] | None = None
    base_due: datetime | None = None
    fault: str = ""
    due: float = 0.0

    def __post_init__(self) -> None:
        self.mirror = Mirror(self.source, self.plan.mirror) if self.plan.mirror else None

    def run(self) -> None:
        while not self.stop.wait(ROUND):
            if self.mirror and not adoption.restored_from():  # a copy must not touch the node's mirror
                self._try(self.mirror.look_after)
            if time.monotonic() >= self.due:
                self.due = time.monotonic() + self.plan.every
                self._try(self._round)
        self._wait_for_the_others()
        self._try(self._ship)  # what the last acts left
        if self.mirror:
            self.mirror.stop()
        if self.base:
            self.base.terminate()

    def _wait_for_the_others(self) -> None:
        """Where commits wait for the mirror, it goes last: who is still at work could not end otherwise."""
        end = time.monotonic() + LAST
        while self.mirror and time.monotonic() < end and self._is_used():
            time.sleep(0.1)

    def _is_used(self) -> bool:
        try:
            with self.source.connect() as db:
                row = db.execute(OTHERS, (database.NAME,)).fetchone()
        except psycopg.Error:
            return False
        return bool(row and row[0])

    def _round(self) -> None:
        self._ship()
        if self.mirror and self.shipper:
            self.mirror.forget(self.shipper.first)
        self._look_after_base()

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (BackupFault, LogLost, psycopg.Error, OSError) as fault:
            if str(fault) != self.fault:
                say(f"Backup: {str(fault).strip()}")
            self.fault, self.shipper = str(fault), None
            record.note("archive", {**record.noted("archive"), "fault": self.fault.strip()})

    def _ship(self) -> None:
        adoption.demand()
        self._follow_the_key()
        if self.shipper is None:
            with self.source.connect() as db:
                if not slots.is_reserved(db, slots.ARCHIVE):  # until now nothing kept the log
                    self.base_due = datetime.now(UTC)
                first = self.source.log.segment_of(slots.reserve(db, slots.ARCHIVE))
            self.shipper = Shipper(self.source, self.vault, first)
        lsn = self.shipper.ship()
        with self.source.connect() as db:
            if not slots.holds(db, slots.ARCHIVE, lsn):  # dropped or invalidated: log may be gone unshipped
                self.base_due, self.shipper = datetime.now(UTC), None
                raise LogLost(f"the slot {slots.ARCHIVE} was lost: a base backup is taken at once.")
            slots.release(db, slots.ARCHIVE, self.source.log.start_of(self.shipper.first))
        self.fault = ""
        facts = {"at": datetime.now(UTC).isoformat(), "lsn": lsn, "where": self.vault.store.where}
        strays = "; ".join(unreadable_keys())
        record.note("archive", {**facts, "fault": strays} if strays else facts)

    def _follow_the_key(self) -> None:
        """After `zt keys rewrap` everything lies under the new key from now on, beginning with a base."""
        keys = node_keys()
        if keys[0] != self.vault.key:
            self.vault, self.shipper = Vault(self.vault.store, keys), None
            self.base_due = datetime.now(UTC)

    def _look_after_base(self) -> None:
        now = datetime.now(UTC)
        if self.base and self.base.poll() is None:
            return
        if self.base:
            self.base_due = now + AGAIN if self.base.returncode else self._next_base()
            self.base = None
        elif self.base_due is None:
            self.base_due = self._next_base()
        if self.base_due and now >= self.base_due:
            command = [sys.executable, "-m", "zhengtong", "backup", "--keep", str(self.plan.keep), "--json"]
            self.base = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def _next_base(self) -> datetime:
        """When the next base is due: now where there is none from which the log goes on without a gap."""
        assert self.shipper
        found = catalogue.backups(self.vault, self.source.system)
        if not found or self.shipper.timeline != found[-1].timeline:
            return datetime.now(UTC)
        first = self.source.log.name(self.shipper.timeline, self.shipper.first)
        if catalogue.find_gap(found[-1], [*self.shipper.shipped, first]):
            return datetime.now(UTC)
        return found[-1].taken + timedelta(hours=self.plan.base_hours)
