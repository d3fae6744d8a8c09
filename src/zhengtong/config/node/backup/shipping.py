"""The log's way into the vault, and before it the files its rows name."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from zhengtong.config.node import home

from . import adoption, base
from .catalogue import log_pieces, wal_folder
from .source import STORED, Source, files_folder
from .vault import Vault, file_pieces
from .wal import PARTIAL, Log

SLACK = 2.0  # seconds by which a folder's stamp may be late


class LogLost(Exception):
    """The server has thrown away log that was not shipped: only a new base backup closes the gap."""


@dataclass
class Shipper:
    """Carries the log of one source into one vault; `first`: the segment to begin with."""

    source: Source
    vault: Vault
    first: int = 0
    shipped: set[str] = field(default_factory=set)
    looked: float = 0.0  # when the store of files was last looked through
    last: str = ""
    timeline: int = 0

    def __post_init__(self) -> None:
        self.shipped = set(log_pieces(self.vault.store, self.source.system))

    def ship(self) -> str:
        """Ship all that is flushed by now and return that position. What is shipped names only files that are, too."""
        adoption.demand()
        with _alone():
            lsn, current = self._position()
            if lsn == self.last:
                return lsn
            if not self.last:
                adoption.claim(self.source, self.vault)
            self._ship_files()
            log = self.source.log
            for name in (*log.histories(), *log.complete(self.first, log.segment_of(lsn))):
                if name not in self.shipped:
                    self._put(name, file_pieces(log.folder / name))
            self._ship_unfinished(log, lsn, current)
            self.first, self.last, self.timeline = log.segment_of(lsn), lsn, int(current[:8], 16)
        return lsn

    def _position(self) -> tuple[str, str]:
        with self.source.connect() as db:
            row = db.execute("SELECT p::text, pg_walfile_name(p) FROM pg_current_wal_flush_lsn() p").fetchone()
        assert row
        return str(row[0]), str(row[1])

    def _ship_unfinished(self, log: Log, lsn: str, current: str) -> None:
        """The segment being written, as far as it is flushed, under `….partial`; the one before it is whole by now."""
        size = int(lsn.split("/")[1], 16) % log.segment
        name = log.name(int(current[:8], 16), log.segment_of(lsn))
        if size:
            self._put(name + PARTIAL, log.beginning(name, size))
        for old in [n for n in self.shipped if n.endswith(PARTIAL) and n.removesuffix(PARTIAL) in self.shipped]:
            self.vault.store.delete(f"{wal_folder(self.source.system)}/{old}")
            self.shipped.discard(old)

    def _put(self, name: str, pieces: Iterator[bytes]) -> None:
        try:
            self.vault.put(f"{wal_folder(self.source.system)}/{name}", pieces)
        except FileNotFoundError as fault:
            raise LogLost(name) from fault
        self.shipped.add(name)

    def _ship_files(self) -> None:
        """New files since the last look, found by their folders' stamps."""
        begun = time.time()
        if not self.looked:
            base.ship_files(self.source, self.vault)
        else:
            for digest in _newer(files_folder(), self.looked - SLACK):
                base.ship_file(self.vault, digest, self.vault.file_name(digest))
        self.looked = begun


def _newer(folder: Path, since: float) -> Iterator[str]:
    for inner in folder.glob("??/??"):
        if inner.stat().st_mtime >= since:
            for path in inner.iterdir():
                if STORED.fullmatch(path.name) and path.stat().st_ctime >= since:
                    yield path.name


@contextmanager
def _alone() -> Iterator[None]:
    with open(home.folder() / "run" / "shipping.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
