"""What needs no server: which log goes on from a backup, what is missing of it, what may go."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zhengtong.config.node.backup import base, catalogue, retention
from zhengtong.config.node.backup.catalogue import Backup
from zhengtong.config.node.backup.faults import BackupFault
from zhengtong.config.node.backup.lineage import Lineage, from_histories
from zhengtong.config.node.backup.stores import FolderStore
from zhengtong.config.node.backup.vault import Vault, node_keys, unreadable_keys

KEY = b"the node key of these tests only"
SEGMENT = 16 << 20


def _backup(**given: object) -> Backup:
    facts = {
        "id": "20261122T000000Z", "system": "7", "node": "511602-e", "key": "k", "product": "0", "timeline": 1,
        "started_at": "2026-11-22T00:00:00+00:00", "finished_at": "2026-11-22T00:00:01+00:00", "segment": SEGMENT,
        "start_lsn": "0/2000028", "stop_lsn": "0/2000100", "postgres": 15, "size": 1, "stored": 1, "files": 0,
    }  # fmt: skip
    return Backup(**{**facts, **given})


def _name(timeline: int, number: int) -> str:
    return f"{timeline:08X}{0:08X}{number:08X}"


# -- timelines --------------------------------------------------------------------------------------------------------
def test_the_newest_timeline_that_branched_off_behind_the_backup_is_followed() -> None:
    histories = {
        "00000002.history": "1\t0/5000000\tno recovery target specified\n",
        "00000003.history": "1\t0/1000000\tbefore the backup\n",
        "00000004.history": "1\t0/5000000\tx\n\n2\t0/7000000\ty\n",
    }
    found = from_histories(1, "0/2000100", histories)
    assert found == Lineage(4, {1: 0x5000000, 2: 0x7000000})
    assert from_histories(1, "0/6000000", histories) == Lineage(1)
    assert from_histories(3, "0/2000100", histories) == Lineage(3, {1: 0x1000000})
    second = {"00000002.history": histories["00000002.history"]}
    assert from_histories(1, "0/5000000", second) == Lineage(2, {1: 0x5000000})
    assert from_histories(1, "0/2000100", histories, 2) == Lineage(2, {1: 0x5000000})
    assert from_histories(1, "0/2000100", histories, 1) == Lineage(1)
    assert from_histories(1, "0/2000100", histories, 3) is None


def test_another_timelines_segment_does_not_hide_a_gap() -> None:
    names = [_name(1, 3), _name(2, 4), _name(1, 5)]
    assert catalogue.find_gap(_backup(), names) == _name(1, 4)
    assert catalogue.find_gap(_backup(), [_name(1, 3), _name(1, 4), _name(2, 5), _name(2, 7)]) == ""


def test_an_ancestors_segments_count_up_to_where_it_was_left() -> None:
    """Timeline 1 was left in segment 4; what it wrote later is no part of the log that ends in timeline 2."""
    after = Lineage(2, {1: 0x4000000 + 100})
    held = [_name(1, 3), _name(1, 4) + ".partial", _name(1, 5), _name(2, 6)]
    assert catalogue.find_gap(_backup(), held, after) == _name(2, 5)
    assert catalogue.find_gap(_backup(), [*held, _name(2, 5)], after) == ""


# -- growing old ------------------------------------------------------------------------------------------------------
def test_the_log_of_every_kept_base_stays_though_a_newer_one_begins_before(tmp_path: Path) -> None:
    """After a restore to a moment the next base begins at an earlier position than the one before it."""
    vault = Vault(FolderStore(tmp_path), [KEY])
    for day, start, timeline in ((20, "0/9000028", 1), (21, "0/8000028", 1), (22, "0/5000028", 2)):
        backup = _backup(
            id=f"202611{day}T000000Z", timeline=timeline, start_lsn=start, stop_lsn=f"{start[:-2]}90",
            started_at=f"2026-11-{day}T00:00:00+00:00",
        )  # fmt: skip
        vault.put(f"{backup.folder}/files.txt", [])
        vault.put_facts(f"{backup.folder}/manifest", backup.facts())
    for name in (_name(1, 4), _name(1, 5), _name(2, 5), _name(2, 6), _name(1, 8)):
        vault.put(f"7/wal/{name}", [b"log"])
    assert retention.prune(vault, "7", keep=2, at=datetime(2026, 11, 22, tzinfo=UTC)) == ["20261120T000000Z"]
    assert sorted(catalogue.log_pieces(vault.store, "7")) == [_name(1, 5), _name(1, 8), _name(2, 5), _name(2, 6)]


# -- the store --------------------------------------------------------------------------------------------------------
def test_a_file_that_is_gone_meanwhile_is_left_out_and_the_store_is_not_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZT_FILES", str(tmp_path / "files"))
    vault = Vault(FolderStore(tmp_path / "store"), [KEY])
    digest = "ab" * 32
    assert base.ship_file(vault, digest, vault.file_name(digest)) is False
    assert [e.name for e in vault.store.list("")] == []


def test_a_store_that_cannot_be_written_to_is_blamed(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"a file, no folder")
    with pytest.raises(BackupFault, match="cannot be written to"):
        FolderStore(tmp_path / "store").put("a/b", [b"1"])


# -- keys and company -------------------------------------------------------------------------------------------------
def test_a_stray_file_beside_the_node_key_is_told_and_ends_no_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = b"a former key, of thirty-two byte"
    monkeypatch.delenv("ZT_NODE_KEY", raising=False)
    monkeypatch.setenv("ZT_KEY_FILE", str(tmp_path / "node.key"))
    (tmp_path / "node.key").write_bytes(base64.b64encode(KEY))
    (tmp_path / "node.key.52f026aa").write_bytes(base64.b64encode(former))
    (tmp_path / "node.key.bak~").write_text("no key at all")
    assert node_keys() == [KEY, former]
    (told,) = unreadable_keys()
    assert "node.key.bak~" in told
    (tmp_path / "node.key").write_text("no key at all")
    with pytest.raises(BackupFault, match=r"node\.key:"):
        node_keys()


def test_two_backups_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZT_HOME", str(tmp_path))
    (tmp_path / "run").mkdir()
    with base.alone(), pytest.raises(BackupFault, match="under way"), base.alone():
        pass
    with base.alone():
        pass


def test_a_base_of_which_a_piece_is_gone_gets_no_manifest(tmp_path: Path) -> None:
    vault = Vault(FolderStore(tmp_path), [KEY])
    for name in ("home.tar", "files.txt"):
        vault.put(f"7/base/x/{name}", [b"piece"])
    with pytest.raises(BackupFault, match=r"base\.tar of 7/base/x went"):
        base._see_that_all_is_there(vault, "7/base/x")
    vault.put("7/base/x/base.tar", [b"piece"])
    base._see_that_all_is_there(vault, "7/base/x")
