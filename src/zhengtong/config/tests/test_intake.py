"""The intake: bodies whole and in time, work only on what was received, nobody's slowness another's wait."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest

from zhengtong.config.intake import Intake
from zhengtong.kernel.design.middleware import RequestLimits


class Sender:
    """A body whose sender pauses: pieces, and after each of them an event to wait for (None: the next at once)."""

    def __init__(self, *pieces: bytes, stuck: threading.Event | None = None) -> None:
        self.data, self.stuck = io.BytesIO(b"".join(pieces)), stuck

    def read(self, size: int) -> bytes:
        piece = self.data.read(size)
        if not piece and self.stuck:
            self.stuck.wait(10)
        return piece


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    return [environ.get("zt.intake", "").encode(), environ["wsgi.input"].read()]


def intake(application: Any = echo, **options: Any) -> Intake:
    return Intake(application, **{"at_work": 2, "most": 3_000_000, "network_of": lambda e: e["REMOTE_ADDR"], **options})


def send(to: Intake, stream: Any, length: int | str, network: str = "a") -> tuple[bytes, bytes]:
    environ = {"wsgi.input": stream, "CONTENT_LENGTH": str(length), "REMOTE_ADDR": network}
    fault, body = to(environ, None)
    return fault, body


@pytest.mark.parametrize("length", [1, 65_536, 65_537, 2_500_000])
def test_a_body_comes_whole(length: int) -> None:
    body = b"x" * length
    assert send(intake(), Sender(body), length) == (b"", body)


def test_what_follows_the_announced_length_is_not_read() -> None:
    assert send(intake(), Sender(b"abcdef"), 3) == (b"", b"abc")


@pytest.mark.parametrize("length", ["", "x", "-5", "1" * 30, "4000000"])
def test_what_is_not_to_be_read_is_left_alone(length: str) -> None:
    class Untouched:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("it was read")

    environ = {"wsgi.input": Untouched(), "CONTENT_LENGTH": length, "REMOTE_ADDR": "a"}
    assert intake(lambda e, s: [e["wsgi.input"]])(environ, None) == [environ["wsgi.input"]]


def test_a_body_cut_off_reaches_nobody() -> None:
    assert send(intake(), Sender(b"amount=100"), 12) == (b"cut", b"")


def test_a_body_that_does_not_come_in_time_reaches_nobody() -> None:
    stuck = threading.Event()
    begun = time.monotonic()
    assert send(intake(patience=0.1), Sender(b"abc", stuck=stuck), 10) == (b"slow", b"")
    assert time.monotonic() - begun < 5
    stuck.set()


class Dribbler:
    """A sender of one piece after another, `pause` seconds apart, without end."""

    def __init__(self, piece: bytes, pause: float) -> None:
        self.piece, self.pause = piece, pause

    def read(self, size: int) -> bytes:
        time.sleep(self.pause)
        return self.piece[:size]


def test_an_announced_length_buys_no_time() -> None:
    to, begun = intake(patience=0.3, most=100_000_000), time.monotonic()
    assert send(to, Dribbler(b"x", 0.02), 100_000_000) == (b"slow", b"")
    assert time.monotonic() - begun < 5
    until = time.monotonic() + 5
    while to._read and time.monotonic() < until:
        time.sleep(0.01)
    assert not to._read, "its reader went on, though nobody waited for the body any more"


def test_who_keeps_the_least_rate_may_take_longer_than_the_patience() -> None:
    begun = time.monotonic()
    assert send(intake(patience=0.5, least_rate=50), Dribbler(b"x" * 50, 0.02), 2000) == (b"", b"x" * 2000)
    assert time.monotonic() - begun > 0.5


def test_readers_that_hang_are_counted_for_their_network_alone() -> None:
    stuck, to = threading.Event(), intake(patience=0.1, of_one=2)
    for _ in range(2):
        assert send(to, Sender(b"a", stuck=stuck), 9, "a") == (b"slow", b"")
    assert send(to, Sender(b"more"), 4, "a") == (b"crowded", b"")
    assert send(to, Sender(b"more"), 4, "b") == (b"", b"more")
    stuck.set()
    until = time.monotonic() + 5
    while to._read and time.monotonic() < until:
        time.sleep(0.01)
    assert send(to, Sender(b"more"), 4, "a") == (b"", b"more")


def test_who_sends_slowly_keeps_nobody_from_working() -> None:
    stuck, to = threading.Event(), intake(at_work=1, patience=5)
    slow = [threading.Thread(target=send, args=(to, Sender(b"a", stuck=stuck), 9)) for _ in range(10)]
    for thread in slow:
        thread.start()
    assert send(to, Sender(b"quick"), 5, "b") == (b"", b"quick")
    assert all(thread.is_alive() for thread in slow)
    stuck.set()
    for thread in slow:
        thread.join()


def test_one_network_cannot_take_all_places_and_no_place_is_lost() -> None:
    stuck, to = threading.Event(), intake(patience=5, receiving=3, of_one=2)
    slow = [threading.Thread(target=send, args=(to, Sender(b"a", stuck=stuck), 9, "a")) for _ in range(2)]
    for thread in slow:
        thread.start()
    until = time.monotonic() + 5
    while to._read.total() < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert send(to, Sender(b"more"), 4, "a") == (b"crowded", b"")
    assert send(to, Sender(b"more"), 4, "b") == (b"", b"more")
    stuck.set()
    for thread in slow:
        thread.join()
    assert send(to, Sender(b"more"), 4, "a") == (b"", b"more")
    assert (to._awaited, to._read.total()) == (0, 0)


def test_no_more_work_at_once_than_allowed() -> None:
    at_work, most, lock = 0, 0, threading.Lock()

    def work(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.02)
        with lock:
            at_work -= 1
        return [b"", b""]

    to = intake(work, at_work=2)
    threads = [threading.Thread(target=send, args=(to, Sender(), "")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_what_the_work_held_is_given_back_before_the_answer_is_sent() -> None:
    told: list[str] = []

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        told.append("work")
        return iter([b"", b""])

    send(intake(work, released=lambda: told.append("released")), Sender(), "")
    assert told == ["work", "released"]


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [("slow", 408, "没有及时收到"), ("cut", 400, "没有完整收到"), ("crowded", 503, "人较多")],
)
def test_what_was_wrong_is_said_to_the_sender(rf, said: str, status: int, words: str) -> None:
    request = rf.post("/", {"a": "b"})
    request.META["zt.intake"] = said
    answer = RequestLimits(lambda _: pytest.fail("the view was reached"))(request)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert answer.headers["Connection"] == "close"
