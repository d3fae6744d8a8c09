"""Backups of a real server: base, log, files; the way back, to moments, from wreckage; and what must be refused.

The tables are few and of our own making; the whole node goes through `zt drill` in tests/house/test_node.py.
"""

from __future__ import annotations

import base64
import errno
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from zhengtong.config.node.backup import adoption, catalogue, checking, comparing, plan, retention, slots, source
from zhengtong.config.node.backup import base as bases
from zhengtong.config.node.backup import restore as restoring
from zhengtong.config.node.backup.archive import Keeper
from zhengtong.config.node.backup.faults import BackupFault, Damaged, Missing
from zhengtong.config.node.backup.mirror import Mirror
from zhengtong.config.node.backup.opening import open_store
from zhengtong.config.node.backup.restore import Target, restore
from zhengtong.config.node.backup.shipping import Shipper
from zhengtong.config.node.backup.source import Source
from zhengtong.config.node.backup.stores import FolderStore
from zhengtong.config.node.backup.vault import Vault
from zhengtong.config.node.postgres import Server

from .backup_world import KEY, World, begin
from .s3 import s3_server


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    folder = Path(tempfile.mkdtemp(prefix="zt-backup-", dir="/var/tmp"))
    folder.chmod(0o755)
    (folder / "home" / "run").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZT_HOME", str(folder / "home"))
        for name in ("ZT_FILES", "DATABASE_URL", "ZT_BACKUP_TO", "ZT_BACKUP_MIRROR"):
            patch.delenv(name, raising=False)
        server = Server(folder / "home")  # with its durability: it is what is tried here
        made = World(folder, Source(server), Vault(FolderStore(folder / "store"), [KEY]))
        try:
            begin(server)
            yield made
        finally:
            for one in [server, *made.homes]:
                one.stop()
            shutil.rmtree(folder)


@pytest.fixture(scope="module")
def shipped(world: World) -> dict[str, object]:
    """One base; after it two acts with a moment between them; all shipped."""
    (world.home / "media").mkdir()
    (world.home / "media" / "picture.jpg").write_bytes(b"picture")
    world.store_file(b"before the base" * 1000)
    backup = bases.take(world.source, world.vault, at=datetime.now(UTC))
    world.add("before the moment")
    early = world.store_file(b"early" * 100_000)
    time.sleep(0.02)
    moment = datetime.now(UTC)
    time.sleep(0.02)
    world.add("after the moment")
    late = world.store_file(b"late")
    Shipper(world.source, world.vault).ship()
    return {"backup": backup, "moment": moment, "early": early, "late": late, "state": world.state()}


def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in source.files_folder().glob("??/??/*")}


def test_a_marked_point_is_on_the_disk_before_anybody_builds_on_it(world: World, shipped: dict) -> None:
    """PostgreSQL flushes no restore point by itself: a shipper that looks right after it would miss the point."""
    with comparing.marked(world.source, "a point of this test"), world.source.connect() as db:
        place = db.execute("SELECT pg_walfile_name(p), p::text FROM pg_current_wal_flush_lsn() p").fetchone()
    log, (name, lsn) = world.source.log, place
    flushed = b"".join(log.beginning(name, int(lsn.split("/")[1], 16) % log.segment))
    assert b"a point of this test" in flushed


# -- coming back ------------------------------------------------------------------------------------------------------
def test_all_of_a_node_comes_back(world: World, shipped: dict) -> None:
    before = _files()
    with world.back() as (restored, db):
        assert comparing.state(db).differences(shipped["state"]) == []
        assert _files() == before
        assert (restored.files, restored.lost) == (3, [])
        assert (Path(os.environ["ZT_HOME"]) / "media" / "picture.jpg").read_bytes() == b"picture"
        assert restored.server.data.stat().st_mode & 0o777 == 0o700
        assert db.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        settings = "SELECT count(*) FROM pg_file_settings WHERE name ~ 'restore_command|recovery_target'"
        assert db.execute(settings).fetchone() == (0,), "what was set for the recovery is gone"


def test_a_moment_comes_back_and_nothing_later(world: World, shipped: dict) -> None:
    with world.back(to=shipped["moment"]) as (restored, db):
        bodies = {row[0] for row in db.execute("SELECT body FROM thing").fetchall()}
        assert "before the moment" in bodies
        assert "after the moment" not in bodies
        assert shipped["early"] in _files()
        assert shipped["late"] not in _files()
        assert restored.reached is not None
        assert restored.reached <= shipped["moment"]


def test_what_was_not_shipped_comes_back_from_the_dead_nodes_log(world: World, shipped: dict) -> None:
    world.add("committed a moment before the crash")
    pid = int((world.source.server.data / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(pid, signal.SIGKILL)
    try:
        time.sleep(0.5)
        question = "SELECT count(*) FROM thing WHERE body = 'committed a moment before the crash'"
        with world.back() as (_, db):
            assert db.execute(question).fetchone() == (0,), "the store knows nothing of it"
        with world.back(extra=world.source.server.data / "pg_wal") as (_, db):
            assert db.execute(question).fetchone() == (1,)
    finally:
        world.source.server.start()


def test_with_a_mirror_nothing_acknowledged_is_lost_with_the_data(world: World, shipped: dict) -> None:
    """Writers go on until the server and its data are gone in the middle of their work."""
    folder, acknowledged, stop = world.folder / "mirror", [], threading.Event()
    mirror = Mirror(world.source, folder)
    _until(lambda: mirror.look_after() or mirror.is_waited_for)
    url = source.tables_url(world.source.server)
    writers = [threading.Thread(target=_write, args=(url, n, acknowledged, stop)) for n in range(4)]
    for writer in writers:
        writer.start()
    _until(lambda: len(acknowledged) > 200)
    for pid in (int((world.source.server.data / "postmaster.pid").read_text().split("\n", 1)[0]), mirror.process.pid):
        os.kill(pid, signal.SIGKILL)
    gone = world.folder / "gone"
    world.source.server.data.rename(gone)  # the disk
    stop.set()
    for writer in writers:
        writer.join()
    mirror.process.wait()
    try:
        with world.back(extra=folder) as (_, db):
            kept = {row[0] for row in db.execute("SELECT body FROM thing WHERE body LIKE 'act %'").fetchall()}
        assert len(acknowledged) > 200
        assert set(acknowledged) - kept == set()
    finally:
        time.sleep(0.3)
        gone.rename(world.source.server.data)
        world.source.server.start()
        with world.source.connect() as db:
            slots.settle(world.source, plan.plan())
            assert db.execute("SHOW synchronous_standby_names").fetchone() in (("",), ("zt_mirror",))
            assert not slots.is_reserved(db, slots.MIRROR)


def _write(url: str, writer: int, acknowledged: list[str], stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True) as db:
                while not stop.is_set():
                    number += 1
                    body = f"act {writer} {number}"
                    db.execute("INSERT INTO thing (body) VALUES (%s)", (body,))
                    acknowledged.append(body)
        except psycopg.Error:
            return


def _until(question: Callable[[], object], within: float = 20) -> None:
    end = time.monotonic() + within
    while not question():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_a_restored_copy_keeps_away_from_the_nodes_backups_until_it_is_adopted(
    world: World, copy: Vault, shipped: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZT_NODE_KEY", base64.b64encode(KEY).decode())
    before = {e.name: e.at for e in copy.store.list("")}
    with world.back() as (restored, _):
        copied = Source(restored.server)
        keeper = Keeper(copied, copy, plan.plan())
        assert adoption.restored_from() == restored.backup.id
        keeper._try(keeper._round)
        assert "zt backup adopt" in keeper.fault
        for act in (Shipper(copied, copy).ship, lambda: bases.take(copied, copy, at=datetime.now(UTC))):
            with pytest.raises(BackupFault, match="zt backup adopt"):
                act()
        assert {e.name: e.at for e in copy.store.list("")} == before
        assert adoption.adopt()
        keeper._ship()
        assert f"{catalogue.wal_folder(copied.system)}/00000002.history" in {e.name for e in copy.store.list("")}
        assert not adoption.adopt()


def test_a_branch_left_before_the_backup_ended_does_not_lead_its_restore_astray(
    world: World, copy: Vault, shipped: dict
) -> None:
    """A trial restore to an earlier moment once shipped its history: PostgreSQL's `latest` would follow it and fail."""
    backup = catalogue.choose(copy)
    before = b"1\t0/1000\tbefore 2026-11-22 03:00:00+00\n"
    copy.put(f"{catalogue.wal_folder(backup.system)}/00000002.history", [before])
    with world.back(vault=copy) as (_, db):
        assert comparing.state(db).differences(shipped["state"]) == []
        assert db.execute("SELECT timeline_id FROM pg_control_checkpoint()").fetchone() in ((1,), (3,))


def test_after_an_adopted_restore_the_log_of_both_timelines_comes_back(
    world: World, copy: Vault, shipped: dict
) -> None:
    """The old base, its log, and behind the branch the new timeline's: what only the adopted node did is there."""
    with world.back(vault=copy) as (restored, db):
        adoption.adopt()
        db.execute("SET synchronous_commit = on")
        db.execute("INSERT INTO thing (body) VALUES ('by the adopted node')")
        Shipper(Source(restored.server), copy).ship()
    assert checking.check(copy, catalogue.choose(copy)).faults == []
    with world.back(vault=copy) as (_, db):
        assert db.execute("SELECT count(*) FROM thing WHERE body = 'by the adopted node'").fetchone() == (1,)
    with world.back(vault=copy, timeline=1) as (restored, db):  # the line that was left can be followed too
        assert db.execute("SELECT count(*) FROM thing WHERE body = 'by the adopted node'").fetchone() == (0,)
        assert comparing.state(db).differences(shipped["state"]) == []
        assert Source(restored.server).timeline() == 3
    with pytest.raises(BackupFault, match="leads to timeline 9: give one of 1, 2"):
        catalogue.choose(copy, timeline=9)


def test_a_store_takes_one_of_two_copies(world: World, copy: Vault, shipped: dict, tmp_path: Path) -> None:
    """Both go on in a timeline of the same number: the second would overwrite the log of the first."""
    with world.back(vault=copy) as (restored, _):
        first = Source(restored.server)
        adoption.adopt()
        assert Shipper(first, copy).ship() == Shipper(first, copy).ship()  # its own claim does not stand in its way
        timeline = first.timeline()
    before = {e.name: e.at for e in copy.store.list("")}
    with world.back() as (restored, _):
        second = Source(restored.server)
        adoption.adopt()  # of a home whose store was not told
        for act in (Shipper(second, copy).ship, lambda: bases.take(second, copy, at=datetime.now(UTC))):
            with pytest.raises(BackupFault, match=r"adopted before.*ZT_BACKUP_TO"):
                act()
        assert {e.name: e.at for e in copy.store.list("")} == before
        assert Shipper(second, Vault(FolderStore(tmp_path / "elsewhere"), [KEY])).ship()
    with world.back(vault=copy) as (restored, _):
        adoption.adopt()
        assert Source(restored.server).timeline() == timeline + 1
        assert Shipper(Source(restored.server), copy).ship()


# -- what must be refused ---------------------------------------------------------------------------------------------
@pytest.fixture
def copy(world: World, shipped: dict, tmp_path: Path) -> Vault:
    """The store again, to spoil."""
    shutil.copytree(world.folder / "store", tmp_path / "store")
    return Vault(FolderStore(tmp_path / "store"), [KEY])


def _spoil(vault: Vault, ending: str, how: Callable[[Path], None]) -> None:
    found = [e.name for e in vault.store.list("") if ending in e.name]
    assert found, ending
    how(Path(vault.store.where) / found[-1])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("ending", ["base.tar", "home.tar", ".partial"])
@pytest.mark.parametrize("how", [_flip, _cut])
def test_a_spoilt_piece_is_named_and_nothing_is_left_behind(
    world: World, copy: Vault, ending: str, how: Callable[[Path], None]
) -> None:
    _spoil(copy, ending, how)
    finding = checking.check(copy, catalogue.choose(copy))
    assert any(ending in fault and "altered or cut off" in fault for fault in finding.faults)
    with world.elsewhere() as home, pytest.raises(Damaged, match=ending):
        restore(copy, catalogue.choose(copy), Target(), fast=True)
    left = [p for p in home.rglob("*") if p.is_file() and p.parent.name != "run" and p.name != "lock"]
    assert left == []


def test_a_whole_store_is_found_whole(world: World, shipped: dict) -> None:
    finding = checking.check(world.vault, catalogue.choose(world.vault))
    assert finding.faults == []
    assert finding.pieces >= 6
    assert finding.until


def test_a_file_under_anothers_name_is_found(world: World, copy: Vault, shipped: dict) -> None:
    copy.put(copy.file_name(shipped["late"]), [b"not these bytes"])
    assert checking.check(copy, catalogue.choose(copy)).faults == [
        f"{copy.file_name(shipped['late'])} holds another file's bytes"
    ]


def test_missing_log_is_named(world: World, copy: Vault) -> None:
    """Three more segments, the middle one is gone."""
    backup = catalogue.choose(copy)
    log = world.source.log
    last = max(log.number(n[:24]) for n in catalogue.log_pieces(copy.store, backup.system))
    copy.put(f"{catalogue.wal_folder(backup.system)}/{log.name(1, last + 2)}", [bytes(100)])
    gap = log.name(1, last + 1)
    assert any(gap in fault for fault in checking.check(copy, backup).faults)
    with world.elsewhere(), pytest.raises(Missing, match=f"{gap}.*--wal"):
        restore(copy, backup, Target(), fast=True)


def test_a_moment_outside_the_archive_is_refused(world: World, shipped: dict) -> None:
    with pytest.raises(BackupFault, match=r"before the oldest backup.*the first moment in"):
        catalogue.choose(world.vault, to=datetime(2020, 1, 1, tzinfo=UTC))
    later = datetime.now(UTC) + timedelta(hours=1)
    with world.elsewhere(), pytest.raises(BackupFault, match=r"The archived log ends before .*Leave --to out"):
        restore(world.vault, catalogue.choose(world.vault, to=later), Target(later), fast=True)


def test_another_key_is_named(world: World, shipped: dict) -> None:
    other = Vault(world.vault.store, [b"another key, of thirty-two bytes"])
    with pytest.raises(Damaged, match=r"lies under the node key [0-9a-f]{8}.*--key-file, or --shares"):
        catalogue.choose(other)


def test_nothing_is_overwritten(world: World, shipped: dict) -> None:
    with pytest.raises(BackupFault, match=r"is not empty.*overwrites nothing"):
        restore(world.vault, catalogue.choose(world.vault), Target(), fast=True)
    assert world.source.server.is_running()


def test_room_is_wanted_for_log_and_files_too_and_a_full_disk_is_told(
    world: World, copy: Vault, shipped: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = catalogue.choose(copy)
    monkeypatch.setattr(restoring, "free_bytes", lambda folder: int(backup.size * restoring.ROOM) + 1)
    with world.elsewhere(), pytest.raises(BackupFault, match=r"MB free and \d+ MB are needed"):
        restore(copy, backup, Target(), fast=True)
    monkeypatch.undo()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with world.elsewhere() as home:
        monkeypatch.setattr(restoring, "_write", full)
        with pytest.raises(BackupFault, match=r"No space left.*make room"):
            restore(copy, backup, Target(), fast=True)
        assert not list(home.glob("postgres/*/data*"))


def test_a_foreign_folder_given_for_files_is_not_touched(
    world: World, shipped: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a failed restore removes must have been empty, whatever names lay there."""
    (tmp_path / "letter.txt").write_bytes(b"somebody's own")
    monkeypatch.setenv("ZT_FILES", str(tmp_path))
    with world.elsewhere(), pytest.raises(BackupFault, match=r"is not empty: it holds .*letter\.txt"):
        restore(world.vault, catalogue.choose(world.vault), Target(), fast=True)
    assert (tmp_path / "letter.txt").read_bytes() == b"somebody's own"


def test_a_file_that_is_nowhere_is_told(world: World, copy: Vault, shipped: dict) -> None:
    copy.store.delete(copy.file_name(shipped["early"]))
    with world.back(vault=copy) as (restored, _):
        assert restored.lost == [shipped["early"]]


def test_a_store_that_is_none_is_refused(world: World) -> None:
    with pytest.raises(BackupFault, match="set ZT_BACKUP_TO"):
        open_store("")
    with pytest.raises(BackupFault, match="neither a folder nor"):
        open_store("ftp://somewhere")
    with pytest.raises(BackupFault, match="holds no backup"):
        catalogue.choose(Vault(FolderStore(world.folder / "empty"), [KEY]))


# -- growing old ------------------------------------------------------------------------------------------------------
def test_old_backups_go_with_what_only_they_need(world: World, copy: Vault, shipped: dict) -> None:
    """Of two bases the newer stays, with its log and files; a file that was gone before it goes."""
    vault, old = copy, catalogue.choose(copy)
    gone = world.store_file(b"cleaned away before the second base")
    Shipper(world.source, vault).ship()
    assert vault.file_name(gone) in {e.name for e in vault.store.list("files")}
    source.path_of(gone).unlink()
    with psycopg.connect(source.tables_url(world.source.server)) as db:
        db.execute("DELETE FROM support_files_storedfile WHERE sha256 = %s", (gone,))
    time.sleep(1.1)
    at = datetime.now(UTC)
    new = bases.take(world.source, vault, at=at)
    assert retention.prune(vault, new.system, keep=2, at=at) == []
    assert retention.prune(vault, new.system, keep=1, at=at) == [old.id]
    assert catalogue.backups(vault) == [new]
    names = {e.name for e in vault.store.list("")}
    assert not any(old.id in name for name in names)
    assert vault.file_name(gone) not in names
    assert vault.file_name(shipped["late"]) in names
    Shipper(world.source, vault).ship()
    with world.back(vault=vault) as (restored, _):
        assert restored.lost == []


def test_when_the_slot_is_lost_a_base_is_taken_at_once(
    world: World, copy: Vault, shipped: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the loss and the new slot log may have gone unshipped, while nothing looks missing yet."""
    monkeypatch.setenv("ZT_NODE_KEY", base64.b64encode(KEY).decode())
    keeper = Keeper(world.source, copy, plan.plan())
    keeper._ship()
    keeper.base_due = None  # whatever the tests before have left to do
    with world.source.connect() as db:
        db.execute("SELECT pg_drop_replication_slot(%s)", (slots.ARCHIVE,))
    world.add("after the slot was lost")
    keeper._try(keeper._ship)
    assert slots.ARCHIVE in keeper.fault
    assert keeper.base_due is not None
    keeper._ship()
    with world.source.connect() as db:
        assert slots.is_reserved(db, slots.ARCHIVE)


def test_after_a_change_of_the_node_key_all_lies_under_the_new_one(
    world: World, copy: Vault, shipped: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keeper of a running node notices it by itself, ships under the new key and wants a base at once."""
    new = b"the next node key, 32 bytes long"
    keeper = Keeper(world.source, copy, plan.plan())
    monkeypatch.setenv("ZT_NODE_KEY", base64.b64encode(KEY).decode())
    keeper._ship()
    assert keeper.base_due is None
    world.add("after the change of the key")
    monkeypatch.setenv("ZT_NODE_KEY", base64.b64encode(new).decode())
    keeper._ship()
    assert keeper.vault.key == new
    assert keeper.base_due is not None
    pieces = [e.name for e in copy.store.list("") if e.name.endswith(".partial")]
    assert next(Vault(copy.store, [new]).read(pieces[-1]))
    with pytest.raises(Damaged, match="lies under the node key"):
        next(copy.read(pieces[-1]))


# -- another kind of store --------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A server that speaks S3, on loopback."""
    with pytest.MonkeyPatch.context() as patch, s3_server() as address:
        for name, value in {"ENDPOINT_URL": address, "ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret"}.items():
            patch.setenv(f"AWS_{name}", value)
        yield "s3://vault/node"


def test_a_store_that_speaks_s3_keeps_what_a_folder_keeps(bucket: str) -> None:
    store = open_store(bucket)
    parts = [os.urandom(1 << 20) for _ in range(70)]  # more than two parts of an upload
    assert store.put("a/large", iter(parts)) == 70 << 20
    assert store.put("a/small", [b"sm", b"all"]) == 5
    assert b"".join(store.read("a/large")) == b"".join(parts)
    assert [(e.name, e.size) for e in store.list("a")] == [("a/large", 70 << 20), ("a/small", 5)]
    store.delete("a/large")
    store.delete("a/large")
    assert [e.name for e in store.list("")] == ["a/small"]
    with pytest.raises(Missing, match="holds no a/large"):
        next(store.read("a/large"))
    with pytest.raises(BackupFault, match="no such bucket"):
        open_store("s3://nowhere/x").put("a", [b"1"])


@pytest.mark.parametrize("pieces", [3, 50])
def test_what_breaks_off_leaves_nothing_in_the_bucket(bucket: str, pieces: int) -> None:
    def broken() -> Iterator[bytes]:
        yield from [bytes(1 << 20)] * pieces
        raise Damaged("the source broke")

    store = open_store(bucket)
    with pytest.raises(Damaged, match="the source broke"):
        store.put("a/broken", broken())
    assert "a/broken" not in [e.name for e in store.list("")]


def test_a_node_comes_back_from_a_bucket(world: World, shipped: dict, bucket: str) -> None:
    vault = Vault(open_store(bucket), [KEY])
    for entry in world.vault.store.list(""):
        vault.store.put(entry.name, world.vault.store.read(entry.name))
    world.add("shipped to the bucket")
    Shipper(world.source, vault).ship()
    with world.back(vault=vault) as (restored, db):
        assert comparing.state(db).differences(world.state()) == []
        assert restored.lost == []
