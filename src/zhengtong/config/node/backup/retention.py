"""Old backups go: the newest `keep` of a cluster stay, with all log and files any of them needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from . import catalogue
from .catalogue import Backup
from .vault import Vault
from .wal import PARTIAL, Log, is_segment

ABANDONED = timedelta(days=1)  # a base backup without a manifest for so long was broken off


def prune(vault: Vault, system: str, *, keep: int, at: datetime) -> list[str]:
    """Remove what the newest `keep` backups of this cluster do not need; returns the ids that went."""
    found, faults = catalogue.survey(vault, system)
    gone, kept = found[:-keep], found[-keep:]
    if not kept or faults:  # what cannot be read may need the same log and files
        return []
    for backup in gone:  # the manifest first: what is half removed must not count as a backup
        vault.store.delete(f"{backup.folder}/manifest")
    _remove_pieces(vault, system, kept, at)
    if gone:
        _remove_log(vault, system, kept)
        _remove_files(vault)
    return [backup.id for backup in gone]


def _remove_pieces(vault: Vault, system: str, kept: list[Backup], at: datetime) -> None:
    ours = tuple(f"{b.folder}/" for b in kept)
    known = {b.id for b in kept}
    newest = max(b.taken for b in kept)
    for entry in list(vault.store.list(f"{system}/base")):
        is_old = entry.name.split("/")[2] < catalogue.stamp(newest) and entry.name.split("/")[2] not in known
        if not entry.name.startswith(ours) and (is_old or at.astimezone(UTC) - entry.at > ABANDONED):
            vault.store.delete(entry.name)


def _remove_log(vault: Vault, system: str, kept: list[Backup]) -> None:
    """All before the first position any kept base begins at: after a restore to a moment a newer base may begin
    before an older one."""
    log = Log(Path(), kept[0].segment)
    first = min(log.segment_of(b.start_lsn) for b in kept)
    for name in catalogue.log_pieces(vault.store, system):
        plain = name.removesuffix(PARTIAL)
        if is_segment(plain) and log.number(plain) < first:
            vault.store.delete(f"{catalogue.wal_folder(system)}/{name}")


def _remove_files(vault: Vault) -> None:
    """Files that were gone from the node before the oldest kept backup: no kept list names them, and they came before
    it. What came later may be named by a row the log brings back. Other clusters in the same store count too."""
    everything, faults = catalogue.survey(vault)
    if faults:
        return
    since = min(b.taken for b in everything)
    named: set[str] = set()
    for backup in everything:
        with vault.stream(f"{backup.folder}/files.txt") as lines:
            digests = [line.decode().strip() for line in lines]
        named.update(vault.file_name(digest, key) for digest in digests for key in vault.keys.values())
    for entry in list(vault.store.list("files")):
        if entry.name not in named and entry.at < since:
            vault.store.delete(entry.name)
