"""The log's head and tiles, as anybody fetches them; followed by the reader that knows nothing of the database."""

from __future__ import annotations

import pytest
from django.test import Client

from zhengtong.security.audit import services, wire
from zhengtong.security.audit.rules import note, tiles
from zhengtong.security.audit.tests.conftest import declared_action, log, seal_all, sql, write  # noqa: F401

SIZE = 600


@pytest.fixture
def published(log):  # noqa: F811
    write(SIZE)
    return seal_all(batch=250)


def fetch(address: str) -> bytes:
    answer = Client().get(f"/log/{address}")
    if answer.status_code != 200:
        raise wire.Unreachable(address)
    return answer.content


def test_an_empty_log_has_no_checkpoint(log) -> None:  # noqa: F811
    answer = Client().get("/log/checkpoint")
    assert answer.status_code == 404
    assert "日志中还没有封存的记录" in answer.content.decode()
    assert Client().get("/log/tile/0/000").status_code == 404


def test_anybody_follows_the_log_with_its_verifier_key(published) -> None:
    key = "\n".join(services.verifier_keys())
    kept = [note.read(head) for (head,) in sql("SELECT note FROM security_audit_checkpoint")]
    found = wire.follow(fetch, wire.read_keys(key), kept)
    assert (found.faults, found.size, found.tiles) == ([], SIZE, 4)
    assert [head.size for head in kept] == [250, 500, 600]
    sql("UPDATE security_audit_leaf SET hash = %s WHERE index = 3", bytes(32))
    assert wire.follow(fetch, wire.read_keys(key), kept).faults == [
        ("forked", "the first 250 entries are not those signed before"),
        ("forked", "the first 500 entries are not those signed before"),
        ("forked", "the first 600 entries are not those signed before"),
        ("tile", "1/000.p/2"),
        ("root", "checkpoint of 600 entries"),
    ]


def test_what_is_served_may_be_cached(published) -> None:
    head = Client().get("/log/checkpoint")
    assert head.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert head.headers["Cache-Control"] == "public, max-age=5"
    assert head.content.decode() == published.note
    tile = Client().get("/log/tile/0/001")
    assert tile.headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in tile.headers["Cache-Control"]
    assert len(tile.content) == 256 * 32
    for answer in (head, tile):
        assert not answer.cookies
    assert Client().head("/log/tile/0/001").status_code == 200
    assert Client().post("/log/checkpoint").status_code in {400, 405}


def test_partial_tiles_of_every_signed_size_are_served(published) -> None:
    hashes = [bytes(value) for (value,) in sql("SELECT hash FROM security_audit_leaf ORDER BY index")]
    for size in (250, 500, 600):
        for tile in tiles.tiles_of(size):
            data = fetch(f"tile/{tile.address}")
            if tile.level == 0:
                assert data == b"".join(hashes[tile.start : tile.start + tile.width])


@pytest.mark.parametrize(
    ("address", "words"),
    [
        *((address, "已签名的日志中没有") for address in ("0/002", "0/002.p/89", "7/000")),
        ("63/x999/x999/x999/x999/x999/999", "已签名的日志中没有"),
        *((address, "不是哈希块的地址") for address in ("0/1", "0/000.p/256", "..%2f..")),
        ("entries/000", "不公开记录本身"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_clearly(published, address, words) -> None:
    answer = Client().get(f"/log/tile/{address}")
    assert answer.status_code == 404
    assert words in answer.content.decode()


def test_nothing_unsigned_is_served(published) -> None:
    columns = "gen_random_uuid(), recorded_at, entry_xid, 0, hash, mac"
    sql(f"INSERT INTO security_audit_leaf SELECT 600, {columns} FROM security_audit_leaf WHERE index = 0")
    assert Client().get("/log/tile/0/002.p/89").status_code == 404


def test_three_queries_at_most(published, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(3):
        fetch("tile/1/000.p/2")


def test_growth_is_proved_and_a_change_shows(published) -> None:
    proof = services.prove_consistency(250, 600)
    assert proof.holds
    assert proof.old_root == bytes(sql("SELECT root FROM security_audit_checkpoint WHERE tree_size = 250")[0][0])
    assert services.prove_consistency(0, 600).path == services.prove_consistency(600, 600).path == []
    for old, new in ((601, 600), (1, 601)):
        with pytest.raises(ValueError):
            services.prove_consistency(old, new)
