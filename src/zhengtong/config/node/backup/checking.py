"""Is what lies in the store whole? Every piece is opened and read to its end; nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import catalogue
from .catalogue import Backup
from .faults import BackupFault
from .vault import Vault
from .wal import HISTORY, Log


@dataclass
class Finding:
    """What was read and what is wrong with it."""

    backup: Backup
    pieces: int = 0
    bytes: int = 0
    until: str = ""  # the last segment of log that follows without a gap
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults


def check(vault: Vault, backup: Backup) -> Finding:
    """Read the backup, the log after it and all files it names."""
    finding = Finding(backup)
    for name in ("base.tar", "home.tar"):
        size = _read(vault, f"{backup.folder}/{name}", finding)
        if name == "base.tar" and size not in (None, backup.size):
            finding.faults.append(f"{name} has {size} bytes instead of {backup.size}")
    _check_log(vault, backup, finding)
    _check_files(vault, backup, finding)
    return finding


def _check_log(vault: Vault, backup: Backup, finding: Finding) -> None:
    log = Log(Path(), backup.segment)
    first = log.segment_of(backup.start_lsn)
    names = catalogue.log_pieces(vault.store, backup.system)
    try:
        lineage = catalogue.lineage_of(vault, backup)
    except BackupFault as fault:
        finding.faults.append(str(fault))
        return
    held = lineage.numbers(log, names)
    if gap := catalogue.find_gap(backup, held, lineage):
        finding.faults.append(f"segment {gap} of the log is missing, later ones are there")
    end = log.number(gap) if gap else max(held.values(), default=first) + 1
    finding.until = max((n for n, number in held.items() if first <= number < end and "." not in n), default="")
    for name in sorted(n for n in names if held.get(n, -1) >= first or HISTORY.fullmatch(n)):
        _read(vault, f"{catalogue.wal_folder(backup.system)}/{name}", finding)


def _check_files(vault: Vault, backup: Backup, finding: Finding) -> None:
    """The files the base names, and those that came after it: each under the keyed name of its own bytes."""
    held = {e.name: e.at for e in vault.store.list("files")}
    names = {name for name, at in held.items() if at >= backup.taken}
    for digest in _digests(vault, backup, finding):
        try:
            names.add(vault.find_file(digest, held))
        except BackupFault as fault:
            finding.faults.append(str(fault))
    for name in sorted(names):
        look = hashlib.sha256()
        if _read(vault, name, finding, look.update) is not None and name not in vault.names_of(look.hexdigest()):
            finding.faults.append(f"{name} holds another file's bytes")


def _digests(vault: Vault, backup: Backup, finding: Finding) -> Iterator[str]:
    try:
        with vault.stream(f"{backup.folder}/files.txt") as lines:
            for line in lines:
                yield line.decode().strip()
    except BackupFault as fault:
        finding.faults.append(str(fault))


def _read(vault: Vault, name: str, finding: Finding, look: Callable[[bytes], object] = len) -> int | None:
    """The plain bytes of a piece, or None where it does not open; then it is a fault."""
    size = 0
    try:
        for piece in vault.read(name):
            size += len(piece)
            look(piece)
    except BackupFault as fault:
        finding.faults.append(str(fault))
        return None
    finding.pieces, finding.bytes = finding.pieces + 1, finding.bytes + size
    return size
