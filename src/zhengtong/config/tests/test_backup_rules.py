"""What needs no server: which log goes on from a backup, what is missing of it, what may go."""

from __future__ import annotations

from zhengtong.config.node.backup import catalogue
from zhengtong.config.node.backup.catalogue import Backup
from zhengtong.config.node.backup.lineage import Lineage, from_histories

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
    assert from_histories(1, "0/5000000", {"00000002.history": histories["00000002.history"]}).timeline == 2


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
