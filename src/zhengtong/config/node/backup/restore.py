"""Bringing a node back from a vault into an empty home: base, log up to a moment, files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from zhengtong.config.node import account as accounts
from zhengtong.config.node import binaries, home
from zhengtong.config.node.postgres import PostgresError, Server
from zhengtong.config.node.progress import say, step

from . import adoption, catalogue, source
from .catalogue import Backup
from .faults import BackupFault, Damaged, Missing
from .lineage import Lineage
from .stores import free_bytes, sync_folder
from .vault import BITE, Vault
from .wal import PARTIAL, Log, is_segment

PATIENCE = 24 * 3600.0  # seconds; a long log takes long
ROOM = 1.2  # a base takes its bytes, its log, and some air
NOT_REACHED = "recovery ended before configured recovery target was reached"
RECOVERY = (
    "restore_command", "recovery_target_timeline", "recovery_target_action", "recovery_target_time",
    "recovery_target_name", "recovery_init_sync_method", "hot_standby", "synchronous_standby_names",
)  # fmt: skip
STORED_FILES = "SELECT DISTINCT sha256 FROM support_files_storedfile"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to stop: at a moment, at a named point, or (both empty) where the log ends; of which timeline, 0 for the
    newest that goes on from the backup."""

    to: datetime | None = None
    point: str = ""
    timeline: int = 0

    def settings(self) -> dict[str, str]:
        if self.to:
            return {"recovery_target_time": self.to.astimezone(UTC).isoformat(sep=" ")}
        return {"recovery_target_name": self.point} if self.point else {}


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back. `reached`: the last commit in it; `lost`: digests of files the store does not hold."""

    backup: Backup
    server: Server
    reached: datetime | None
    segments: int
    files: int
    lost: list[str]


def restore(vault: Vault, backup: Backup, target: Target, *, extra: Path | None = None, fast: bool = False) -> Restored:
    """Bring the backup back into ZT_HOME and leave its server stopped. `extra`: a folder with log that is newer than
    the archive's (the mirror, or pg_wal of the dead node). Raises BackupFault; then nothing is left behind."""
    server = _empty_server(backup, fast)
    _check_room(server, vault, backup)
    log = server.folder / "restored_wal"
    try:
        with step("基础备份 base"):
            _lay_base(vault, backup, server)
        with step("日志 log"):
            lineage = catalogue.lineage_of(vault, backup, _histories(extra), target.timeline)
            gap = _lay_log(vault, backup, server, log, extra=extra, lineage=lineage)
        _verify_base(server)
        timeline = "current" if lineage.timeline == backup.timeline else str(lineage.timeline)
        _prepare_recovery(server, log, target, timeline)
        with step("重放 replay"):
            reached = _replay(server, target, gap)
        with step("文件 files"):
            files, lost = _lay_files(vault, server)
            _lay_home(vault, backup)
        adoption.mark(backup.id, at=datetime.now(UTC))
    except BaseException as fault:
        server.stop()
        for folder in (server.folder, source.files_folder(), *(home.folder() / name for name in source.HOME_FOLDERS)):
            shutil.rmtree(folder, ignore_errors=True)  # each was empty before
        if isinstance(fault, OSError):
            raise BackupFault(f"{server.folder} could not be filled ({fault}): make room or give rights.") from fault
        raise
    server.stop()
    count = sum(1 for _ in log.iterdir())
    shutil.rmtree(log)
    return Restored(backup, server, reached, count, files, lost)


# -- before anything is written ---------------------------------------------------------------------------------------
def _empty_server(backup: Backup, fast: bool) -> Server:
    """A server of the backup's major version without data. Raises BackupFault where something lies there already."""
    folder = home.prepare()
    kept = [path for name in source.HOME_FOLDERS for path in (folder / name).rglob("*") if path.is_file()]
    inside = [*accounts.base_folder(folder).glob("*/data"), *_inside(source.files_folder()), *kept]
    if inside:
        raise BackupFault(
            f"{folder} is not empty: it holds {inside[0]}. A restore overwrites nothing: set ZT_HOME to an empty "
            "folder, or move the old one away (keys/ may stay)."
        )
    fitting = next((b for b in binaries.list_binaries() if b.major == backup.postgres), None)
    if fitting is None:
        raise BackupFault(
            f"The backup is of PostgreSQL {backup.postgres}, and none of that version is here: install it, or set "
            "ZT_POSTGRES_BIN to its programs."
        )
    server = Server(folder, fast=fast, patience=PATIENCE, binaries=fitting)
    server.account.own(server.folder)
    return server


def _inside(folder: Path) -> list[Path]:
    """Whatever lies in a folder that a failed restore would remove."""
    return sorted(folder.iterdir()) if folder.exists() else []


def _check_room(server: Server, vault: Vault, backup: Backup) -> None:
    """The base and its log where the database will lie, the files where they will: one disk, or two."""
    log = Log(Path(), backup.segment)
    first = log.segment_of(backup.start_lsn)
    names = [n.removesuffix(PARTIAL) for n in catalogue.log_pieces(vault.store, backup.system)]
    segments = {n for n in names if is_segment(n) and log.number(n) >= first}
    database = int(backup.size * ROOM) + len(segments) * backup.segment
    files = sum(e.size for e in vault.store.list("files"))  # as they lie there; some may be of other nodes
    places = {server.folder: database, source.files_folder(): files}
    if len({_disk(folder) for folder in places}) == 1:
        places = {server.folder: database + files}
    for folder, needed in places.items():
        if (free := free_bytes(folder)) < needed:
            raise BackupFault(
                f"The disk that holds {folder} has {free >> 20} MB free and {needed >> 20} MB are needed: make "
                "room, or set ZT_HOME (ZT_FILES for the files) to a folder on another disk."
            )


def _disk(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return folder.stat().st_dev


# -- laying out -------------------------------------------------------------------------------------------------------
def _lay_base(vault: Vault, backup: Backup, server: Server) -> None:
    fresh = server.account.own(server.folder / "data.new")
    with vault.stream(f"{backup.folder}/base.tar") as stream:
        _unpack(stream, fresh, server.account)
    (server.folder / "binaries").write_text(str(server.origin.folder), encoding="utf-8")


def _unpack(stream: IO[bytes], folder: Path, account: accounts.Account) -> None:
    """A tar of plain files and folders, all below the folder, all its account's alone."""
    with tarfile.open(fileobj=stream, mode="r|", bufsize=BITE) as tar:
        for member in tar:
            path = (folder / member.name).resolve()
            if not path.is_relative_to(folder.resolve()) or not (member.isdir() or member.isreg()):
                raise Damaged(f"the backup holds {member.name}, which is no plain file: it was not made by this node.")
            if member.isdir():
                account.own(path)
            elif content := tar.extractfile(member):
                account.own(path.parent)
                _write(path, content, account)
    while stream.read(BITE):  # to the last chunk: only it shows that nothing was cut off
        pass


def _write(path: Path, content: IO[bytes], account: accounts.Account) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file, BITE)
    if account.switch:
        os.chown(path, *account.switch)


def _histories(extra: Path | None) -> dict[str, str]:
    return {p.name: p.read_text(encoding="utf-8") for p in extra.glob("*.history")} if extra else {}


def _lay_log(
    vault: Vault, backup: Backup, server: Server, folder: Path, *, extra: Path | None, lineage: Lineage
) -> str:
    """The log from the base on, as far as it goes without a gap. Returns the first missing segment, or an empty one."""
    account, log = server.account, Log(folder, backup.segment)
    account.own(folder)
    held = catalogue.log_pieces(vault.store, backup.system)
    first = log.segment_of(backup.start_lsn)
    gap = catalogue.find_gap(backup, [*held, *(path.name for path in (extra.iterdir() if extra else ()))], lineage)
    for name in sorted(held, key=lambda n: n.endswith(PARTIAL)):
        plain = name.removesuffix(PARTIAL)
        if is_segment(plain) and (log.number(plain) < first or (gap and log.number(plain) >= log.number(gap))):
            continue
        if not (folder / plain).exists():
            _write(folder / plain, vault.stream(f"{catalogue.wal_folder(backup.system)}/{name}"), account)
    if extra:
        _lay_extra(extra, folder, account, held)
    return gap


def _lay_extra(extra: Path, folder: Path, account: accounts.Account, held: Collection[str]) -> None:
    """What the folder has beyond the archive: it is newer than an unfinished segment of the archive, and an unfinished
    one of its own is older than a whole one there."""
    for path in sorted(extra.iterdir()):
        plain = path.name.removesuffix(PARTIAL)
        if (is_segment(plain) and not (plain != path.name and plain in held)) or plain.endswith(".history"):
            (folder / plain).unlink(missing_ok=True)
            with path.open("rb") as content:
                _write(folder / plain, content, account)


def _verify_base(server: Server) -> None:
    """pg_verifybackup on what was laid out: every file against PostgreSQL's own manifest. Raises Damaged."""
    program = Path(server.binaries / "pg_verifybackup")
    if not program.exists():
        say(f"  pg_verifybackup is not in {program.parent}: PostgreSQL's own manifest was not compared.")
        return
    with step("核对 pg_verifybackup"):
        done = subprocess.run(
            [program, server.folder / "data.new"], check=False, capture_output=True, text=True,
            **server.account.process(),
        )  # fmt: skip
    if done.returncode:
        raise Damaged(f"pg_verifybackup: {done.stderr.strip()[-800:]}")


def _prepare_recovery(server: Server, log: Path, target: Target, timeline: str) -> None:
    """`hot_standby` off: the server must not pass for ready while it still replays."""
    fresh = server.folder / "data.new"
    quoted = str(log).replace("'", "'\\''").replace("%", "%%")
    values = {
        "restore_command": f"cp '{quoted}/%f' \"%p\"", "recovery_target_timeline": timeline,
        "recovery_target_action": "promote", "hot_standby": "off", **target.settings(),
        **({"recovery_init_sync_method": "syncfs"} if sys.platform.startswith("linux") else {}),
    }  # fmt: skip
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in values.items()]
    settings = fresh / "postgresql.auto.conf"
    kept = [line for line in settings.read_text(encoding="utf-8").splitlines() if not line.startswith(RECOVERY)]
    settings.write_text("\n".join([*kept, *lines, ""]), encoding="utf-8")
    (fresh / "recovery.signal").touch(mode=0o600)
    if server.account.switch:
        os.chown(fresh / "recovery.signal", *server.account.switch)
    fresh.rename(server.data)
    sync_folder(server.folder)


# -- replaying --------------------------------------------------------------------------------------------------------
def _replay(server: Server, target: Target, gap: str) -> datetime | None:
    """Start, replay, become a server of its own. Returns the moment of the last commit."""
    if gap and not target.to:
        raise Missing(
            f"Segment {gap} of the log is missing in the archive, and later ones are there. Give --to a moment before "
            "the gap, --wal with a folder that has the segment, or an older or newer backup by --backup."
        )
    try:
        server.start()
    except PostgresError as fault:
        raise BackupFault(_what_happened(str(fault), target, gap)) from fault
    import psycopg

    with psycopg.connect(source.tables_url(server), autocommit=True) as db:
        row = db.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
        for name in RECOVERY:
            db.execute(f"ALTER SYSTEM RESET {name}")  # type: ignore[call-overload]
    return row[0] if row else None


def _what_happened(words: str, target: Target, gap: str) -> str:
    if NOT_REACHED in words:
        where = f" Segment {gap} of the log is missing." if gap else ""
        return (
            f"The archived log ends before {target.to or target.point}.{where} Leave --to out to bring back all there "
            "is, or give an earlier moment, or --wal with a folder that has newer log."
        )
    return words


def _lay_files(vault: Vault, server: Server) -> tuple[int, list[str]]:
    """The bytes of every row of the file store. Returns how many were laid, and the digests that are nowhere."""
    import psycopg

    with psycopg.connect(source.tables_url(server), autocommit=True) as db:
        wanted = [str(row[0]) for row in db.execute(STORED_FILES).fetchall()]
    held = {e.name for e in vault.store.list("files")}
    lost = []
    for digest in wanted:
        try:
            piece = vault.find_file(digest, held)
        except Missing:
            lost.append(digest)
            continue
        path = source.path_of(digest)
        for folder in (path.parent.parent.parent, path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, vault.stream(piece), accounts.Account())
    return len(wanted) - len(lost), lost


def _lay_home(vault: Vault, backup: Backup) -> None:
    with vault.stream(f"{backup.folder}/home.tar") as stream:
        _unpack(stream, home.folder(), accounts.Account())
