"""Taking a base backup: pg_basebackup's tar through compression and sealing into the store, nothing on the way."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import zhengtong
from zhengtong.config.node import home
from zhengtong.security.crypto.wire import name_of

from . import adoption, catalogue
from .catalogue import Backup
from .faults import BackupFault
from .source import HOME_FOLDERS, Source, path_of
from .vault import BITE, Vault, file_pieces

PIECES = ("base.tar", "home.tar", "files.txt")
POSITION = re.compile(r"write-ahead log (start|end) point: ([0-9A-F]+/[0-9A-F]+)(?: on timeline (\d+))?")


def take(source: Source, vault: Vault, *, at: datetime) -> Backup:
    """A whole backup that can be brought back by itself. Raises BackupFault; then nothing counts as a backup."""
    adoption.demand()
    adoption.claim(source, vault)
    backup_id = catalogue.stamp(at)
    folder = f"{source.system}/base/{backup_id}"
    program = required(source, "pg_basebackup")
    ship_files(source, vault)  # most of them; what comes meanwhile follows below
    stored = vault.put(f"{folder}/home.tar", _home())
    with source.reserved_log(), tempfile.TemporaryFile("w+") as words:
        counter = _Counter()
        stored += vault.put(f"{folder}/base.tar", counter.through(_base_tar(source, program, words, backup_id)))
        words.seek(0)
        facts = {kind: (lsn, timeline) for kind, lsn, timeline in POSITION.findall(words.read())}
    files = ship_files(source, vault)
    stored += vault.put(f"{folder}/files.txt", (f"{digest}\n".encode() for digest in sorted(files)))
    backup = Backup(
        id=backup_id, system=source.system, node=node_name(), key=name_of(vault.key), started_at=at.isoformat(),
        finished_at=datetime.now(UTC).isoformat(), timeline=int(facts["start"][1]), start_lsn=facts["start"][0],
        stop_lsn=facts["end"][0], segment=source.log.segment, postgres=source.server.binaries.major,
        product=zhengtong.__version__, size=counter.size, stored=stored, files=len(files),
    )  # fmt: skip
    _see_that_all_is_there(vault, folder)
    vault.put_facts(f"{folder}/manifest", backup.facts())
    return backup


@contextmanager
def alone() -> Iterator[None]:
    """One base backup or clearing at a time: retention would take another's pieces for broken off. Raises
    BackupFault where one is under way."""
    with open(home.folder() / "run" / "base.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise BackupFault("Another backup of this node is under way: wait until it has ended.") from fault
        yield


def _see_that_all_is_there(vault: Vault, folder: str) -> None:
    """Before it counts: somebody may have cleared the store meanwhile."""
    held = {e.name.rpartition("/")[2] for e in vault.store.list(folder)}
    if missing := sorted(set(PIECES) - held):
        raise BackupFault(f"{', '.join(missing)} of {folder} went from the store meanwhile: take the backup again.")


def ship_files(source: Source, vault: Vault) -> set[str]:
    """Keep what the store of files holds and the vault does not yet; returns all digests seen."""
    held = {e.name for e in vault.store.list("files")}
    seen = set()
    for digest in source.stored_files():
        if (name := vault.file_name(digest)) not in held and not ship_file(vault, digest, name):
            continue
        seen.add(digest)
    return seen


def ship_file(vault: Vault, digest: str, name: str) -> bool:
    """False where the file is gone meanwhile: the store was cleaned of it."""
    try:
        vault.put(name, file_pieces(path_of(digest)))
    except FileNotFoundError:
        return False
    return True


def required(source: Source, program: str) -> str:
    """The path of one of PostgreSQL's programs. Raises BackupFault."""
    for folder in (source.server.origin, source.server.binaries):
        if os.access(path := folder / program, os.X_OK):
            return path
    raise BackupFault(
        f"{program} is not beside postgres in {source.server.origin.folder}: install the server's package whole "
        f"(Debian: postgresql-{source.server.origin.major}), or set ZT_POSTGRES_BIN to a folder that has it."
    )


def node_name() -> str:
    return f"{os.environ.get('ZT_NODE_DIVISION', '511602')}-{os.environ.get('ZT_NODE_ZONE', 'e')}"


class _Counter:
    size = 0

    def through(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.size += len(piece)
            yield piece


def _base_tar(source: Source, program: str, words: IO[str], label: str) -> Iterator[bytes]:
    command = [
        program, "-d", source.server.url(), "-D", "-", "-F", "tar", "-X", "fetch", "-c", "fast", "-v", "-w",
        "-l", f"zhengtong {label}",
    ]  # fmt: skip
    environment = {**os.environ, "LC_ALL": "C", "PGOPTIONS": ""}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, env=environment) as running:
        assert running.stdout
        while piece := running.stdout.read(BITE):
            yield piece
    if running.returncode:
        words.seek(0)
        raise BackupFault(f"pg_basebackup failed: {words.read().strip()[-800:]}")


def _home() -> Iterator[bytes]:
    """Pictures and kept checkpoints as a tar. Taken before the database, so that no checkpoint is newer than it."""
    read, write = os.pipe()
    writer = threading.Thread(target=_write_home, args=(write,))
    writer.start()
    with os.fdopen(read, "rb") as stream:
        while piece := stream.read(BITE):
            yield piece
    writer.join()


def _write_home(handle: int) -> None:
    with os.fdopen(handle, "wb") as stream, tarfile.open(fileobj=stream, mode="w|") as tar:
        for name in HOME_FOLDERS:
            if (folder := home.folder() / name).is_dir():
                for path in sorted(folder.rglob("*")):
                    _add(tar, path)


def _add(tar: tarfile.TarFile, path: Path) -> None:
    if path.is_file() and not path.is_symlink():
        try:
            tar.add(path, arcname=str(path.relative_to(home.folder())), recursive=False)
        except FileNotFoundError:
            return  # a draft that was renamed just now
