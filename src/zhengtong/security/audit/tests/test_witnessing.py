"""A witness keeps the largest checkpoint it saw, has growth proved over real HTTP, and names what contradicts it."""

from __future__ import annotations

import functools
import hashlib
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from zhengtong.security.audit import following, queries, services
from zhengtong.security.audit.rules import note
from zhengtong.security.crypto import rules as crypto

from .conftest import AT, CLERK
from .test_following import HASHES, Signer, plain_root, served

OTHER = "zhengtong/511603-e"
SIGNER = Signer()


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def head(hashes: list[bytes], signer: Signer = SIGNER) -> str:
    text = note.checkpoint_text(OTHER, len(hashes), plain_root(hashes))
    return note.write(text, OTHER, signer.public, signer.sign(text.encode()))


class OtherNode:
    """What another node publishes, as files behind a web server."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server.server_port}/log"

    def publish(self, hashes: list[bytes], text: str = "") -> str:
        files = served(hashes) | {"checkpoint": (text or head(hashes)).encode()}
        for name, data in files.items():
            path = self.folder / "log" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return files["checkpoint"].decode()


@pytest.fixture
def other(tmp_path):
    node = OtherNode(tmp_path)
    with node.server:
        threading.Thread(target=node.server.serve_forever, daemon=True).start()
        yield node
        node.server.shutdown()


@pytest.fixture
def watched(db, other):
    return services.watch(actor=CLERK, url=other.url + "/", keys=[note.verifier_key(OTHER, SIGNER.public)], at=AT)


def test_growth_is_proved_and_cosigned(other, watched) -> None:
    for size in (3, 3, 250, 256, 700):
        other.publish(HASHES[:size])
        log = services.observe(watched, at=AT)
        watched.refresh_from_db()
        assert (log.fault, log.tree_size, log.seen_at) == ("", size, AT)
    name, kind, key = note.read_verifier_key(services.witness_key())
    assert kind == note.COSIGNATURE
    read = note.read(log.note)
    assert note.cosigned_by(read, name, key, crypto.verify_ed25519) == int(AT.timestamp())
    assert note.signed_by(read, [SIGNER.public], crypto.verify_ed25519)
    answer = Client().get(f"/log/witness/{hashlib.sha256(OTHER.encode()).hexdigest()}/checkpoint")
    assert answer.content.decode() == log.note
    assert Client().get("/log/witness/00/checkpoint").status_code == 404


FORKED = [bytes(32), *HASHES[1:400]]


@pytest.mark.parametrize(
    ("fault", "text", "hashes"),
    [
        ("forked", "", FORKED),  # another past, longer
        ("forked", "", FORKED[:300]),  # another past of the same length
        ("rolled-back", "", HASHES[:299]),
        ("signature", head(HASHES[:400], Signer()), HASHES[:400]),
        ("signature", "nonsense", HASHES[:400]),
        ("signature", head(HASHES[:400]).replace(OTHER, "zhengtong/000000-e"), HASHES[:400]),
        ("tile", head(HASHES[:400]), FORKED),  # the head and the tiles are of two histories
    ],
)
def test_a_contradiction_is_named_kept_and_never_cosigned(other, watched, fault, text, hashes) -> None:
    other.publish(HASHES[:300])
    before = services.observe(watched, at=AT)
    evidence = other.publish(hashes, text)
    found = services.observe(before, at=AT)
    assert (found.fault, found.evidence, found.found_at) == (fault, evidence, AT)
    assert (found.tree_size, found.note) == (300, before.note)
    services.observe(found, at=AT)
    entries = [entry for entry in queries.search(queries.Criteria()) if entry.action == "audit.witness.contradicted"]
    assert [(entry.detail["fault"], entry.detail["seen"]) for entry in entries] == [
        (fault, 300)
    ]  # once, not each minute


def test_a_fork_stays_named_when_the_log_goes_back_to_its_first_history(other, watched) -> None:
    other.publish(HASHES[:300])
    services.observe(watched, at=AT)
    watched.refresh_from_db()
    other.publish(FORKED)
    services.observe(watched, at=AT)
    other.publish(HASHES[:500])
    watched.refresh_from_db()
    log = services.observe(watched, at=AT)
    assert (log.fault, log.tree_size) == ("forked", 500)


def test_what_cannot_be_reached_is_said_and_changes_nothing(other, watched) -> None:
    ((log, reason),) = services.observe_all(at=AT)
    assert "/log/checkpoint: HTTP status 404" in reason
    assert (log.fault, log.tree_size) == ("", 0)
    with pytest.raises(following.Unreachable):
        services.observe(watched, at=AT)


def test_what_cannot_be_watched_is_refused(db) -> None:
    key = note.verifier_key(OTHER, SIGNER.public)
    own = services.verifier_keys()
    for url, keys, words in (
        ("ftp://x", [key], "http"), ("http://x", [], "verifier keys"), ("http://x", ["x"], "reads name"),
        ("http://x", own, "own log"), ("http://x", [key, *own], "one name"),
        ("http://x", [note.verifier_key(OTHER, SIGNER.public, note.COSIGNATURE)], "type 1"),
    ):  # fmt: skip
        with pytest.raises(services.WatchRefused, match=words):
            services.watch(actor=CLERK, url=url, keys=keys, at=AT)
    assert queries.list_witnessed() == []
