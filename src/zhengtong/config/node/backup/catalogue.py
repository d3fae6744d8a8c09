"""Which backups lie in a store: one manifest for each, written last, so that what has one is whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .faults import BackupFault
from .lineage import Lineage, from_histories
from .stores import Store
from .vault import Vault
from .wal import HISTORY, Log, position

FORMAT = 1
STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Backup:
    """One base backup. Moments in UTC; sizes in bytes, `stored` as it lies in the store."""

    id: str
    system: str
    node: str
    key: str
    started_at: str
    finished_at: str
    timeline: int
    start_lsn: str
    stop_lsn: str
    segment: int
    postgres: int
    product: str
    size: int
    stored: int
    files: int
    format: int = FORMAT

    @property
    def folder(self) -> str:
        return f"{self.system}/base/{self.id}"

    @property
    def earliest(self) -> datetime:
        """The first moment it can bring back."""
        return datetime.fromisoformat(self.finished_at)

    @property
    def taken(self) -> datetime:
        return datetime.fromisoformat(self.started_at)

    def facts(self) -> dict[str, Any]:
        return asdict(self)


def wal_folder(system: str) -> str:
    return f"{system}/wal"


def survey(vault: Vault, system: str = "") -> tuple[list[Backup], list[BackupFault]]:
    """Every whole backup, the oldest first, and what is wrong with those that cannot be read."""
    found, faults = [], []
    for entry in vault.store.list(system):
        if entry.name.endswith("/manifest"):
            try:
                found.append(_read(vault, entry.name))
            except BackupFault as fault:
                faults.append(fault)
    return sorted(found, key=lambda b: b.started_at), faults


def backups(vault: Vault, system: str = "") -> list[Backup]:
    """Every whole backup that can be read, the oldest first. Raises Damaged when there are some and none can."""
    found, faults = survey(vault, system)
    if faults and not found:
        raise faults[0]
    return found


def unfinished(store: Store, system: str, known: list[Backup]) -> list[str]:
    """Pieces of base backups without a manifest: broken off, or being taken just now."""
    whole = tuple(f"{b.folder}/" for b in known)
    return [e.name for e in store.list(f"{system}/base") if not e.name.startswith(whole)]


def choose(vault: Vault, *, wanted: str = "", to: datetime | None = None, timeline: int = 0) -> Backup:
    """The backup to begin from: the one asked for, else the newest that is older than `to` and from which the log
    leads to `timeline` (0: any). Raises BackupFault."""
    found = backups(vault)
    if not found:
        raise BackupFault(f"{vault.store.where} holds no backup.")
    if timeline:
        found = _leading_to(vault, found, timeline)
    if wanted:
        found = [b for b in found if b.id == wanted]
        if not found:
            raise BackupFault(f"{vault.store.where} holds no backup {wanted}: `zt backup list` names them.")
    elif to is None:
        return found[-1]
    fitting = [b for b in found if to is None or b.earliest <= to]
    if not fitting:
        raise BackupFault(
            f"{to:%Y-%m-%d %H:%M:%S%z} is before the oldest backup that could bring it back: the first moment in "
            f"{vault.store.where} is {min(b.earliest for b in found):%Y-%m-%d %H:%M:%S} UTC."
        )
    return fitting[-1]


def _leading_to(vault: Vault, found: list[Backup], timeline: int) -> list[Backup]:
    """Raises BackupFault where none does."""
    fitting = [b for b in found if from_histories(b.timeline, b.stop_lsn, _histories(vault, b.system), timeline)]
    if not fitting:
        held = sorted(
            {b.timeline for b in found} | {int(n[:8], 16) for b in found for n in _histories(vault, b.system)}
        )
        raise BackupFault(
            f"No backup in {vault.store.where} leads to timeline {timeline}: give one of {', '.join(map(str, held))} "
            "that goes on from a backup, or leave --timeline out."
        )
    return fitting


def log_pieces(store: Store, system: str) -> dict[str, datetime]:
    """Names of the archived log, complete and `.partial` segments and histories, and when each came."""
    return {e.name.rpartition("/")[2]: e.at for e in store.list(wal_folder(system))}


def lineage_of(vault: Vault, backup: Backup, others: dict[str, str] | None = None, wanted: int = 0) -> Lineage:
    """The timelines that go on from the backup, to the newest or the wanted one, by the archive's histories and
    `others` (texts by name). Raises BackupFault."""
    histories = {**_histories(vault, backup.system), **(others or {})}
    lineage = from_histories(backup.timeline, backup.stop_lsn, histories, wanted)
    if lineage is None:
        raise BackupFault(f"The log of backup {backup.id} does not lead to timeline {wanted}: leave --backup out.")
    return lineage


def _histories(vault: Vault, system: str) -> dict[str, str]:
    names = [n for n in log_pieces(vault.store, system) if HISTORY.fullmatch(n)]
    return {name: b"".join(vault.read(f"{wal_folder(system)}/{name}")).decode() for name in names}


def find_gap(backup: Backup, names: Iterable[str], lineage: Lineage | None = None) -> str:
    """The first segment of log after the base that is missing though a later one is there; else an empty text. An
    unfinished segment counts, and the base brings the log of its own time. Only the lineage's segments count (without
    one: those of the backup's timeline)."""
    log = Log(Path(), backup.segment)
    lineage = lineage or Lineage(backup.timeline)
    held = set(lineage.numbers(log, names).values())
    last = (position(backup.stop_lsn) - 1) // backup.segment
    gap = next((n for n in range(last + 1, max(held, default=0) + 1) if n not in held), None)
    return log.name(lineage.of(gap, log), gap) if gap is not None else ""


def _read(vault: Vault, name: str) -> Backup:
    facts = vault.facts(name)
    if facts.get("format") != FORMAT:
        raise BackupFault(
            f"{name} is of format {facts.get('format')}, made by a newer version: bring it back with that."
        )
    return Backup(**facts)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime(STAMP)
