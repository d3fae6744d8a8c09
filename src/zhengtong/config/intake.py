"""Between the web server and Django: a request's body is received whole, in time, before anything works on it.

The server gives a request to a thread as soon as its headers are there, and a read of the body waits as long as the
sender likes: a dozen senders who stop in the middle would hold every thread. Here many threads receive, few work; a
body that does not come in time, or is cut off, never reaches a form. What was wrong is told in `zt.intake` of the
environment; `RequestLimits` answers it in the visitor's language.
"""

from __future__ import annotations

import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
# The server's read waits until the whole piece is there: a small one, so that what came is known while it comes, and so
# that the reader of a sender who dribbles gets to see that nobody wants the body any more.
PIECE, IN_MEMORY = 4 * 1024, 1024 * 1024


@dataclass
class Intake:
    """A WSGI application around another. `at_work`: how many requests are worked on at once.

    At every moment of its arrival a body has `patience` seconds and one more for each `least_rate` bytes that are
    there, whatever length was announced. At most `receiving` bodies are under way at once, and `of_one` from one
    network, which `network_of` tells from the environment; a body given up counts for its network until the reader is
    free of it. `most` bytes are received, what is longer is left to be refused unread. `released` is called when
    the work is done, before the answer is sent: a slow reader must not hold a connection to the database.
    """

    application: Application
    at_work: int
    most: int
    network_of: Callable[[dict[str, Any]], str]
    released: Callable[[], None] = lambda: None
    patience: float = 10.0
    least_rate: float = 16 * 1024  # bytes a second
    receiving: int = 48
    of_one: int = 24
    _awaited: int = 0  # bodies that a request waits for
    _read: Counter[str] = field(default_factory=Counter)  # bodies that a reader is at, by network
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._gate = threading.BoundedSemaphore(self.at_work)
        # A reader whose sender neither sends nor leaves stays until the connection ends: there are more than
        # `receiving`, so that those do not keep others out.
        self._most_readers = 4 * self.receiving
        self._readers = ThreadPoolExecutor(self._most_readers, thread_name_prefix="intake")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = _length_of(environ)
        if 0 < length <= self.most:
            self._take_in(environ, length)
            with environ["wsgi.input"]:
                return self._work(environ, start_response)
        return self._work(environ, start_response)

    def _work(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._gate:
            try:
                return _at_once(self.application(environ, start_response))
            finally:
                self.released()

    def _take_in(self, environ: dict[str, Any], length: int) -> None:
        """Put the received body, or an empty one and the fault, in the place of the stream."""
        stream, environ["wsgi.input"] = environ["wsgi.input"], io.BytesIO()
        network = self.network_of(environ)
        with self._place_for(network) as has_place:
            if not has_place:
                environ["zt.intake"] = "crowded"
                return
            body = _Body(length)
            coming = self._readers.submit(body.receive, stream)
            coming.add_done_callback(lambda _: self._reader_is_free(network))
            del stream  # the reader's alone: the server closes the connection when nobody holds its body
            try:
                environ["wsgi.input"] = self._result(coming, body)
            except TooSlow:
                body.is_wanted = False
                coming.add_done_callback(_throw_away)
                environ["zt.intake"] = "slow"
            except CutOff:
                environ["zt.intake"] = "cut"

    def _result(self, coming: Future[Any], body: _Body) -> Any:
        """The body when it is there. Raises TooSlow as soon as too little of it is, CutOff."""
        begun = time.monotonic()
        while (left := begun + self.patience + body.received / self.least_rate - time.monotonic()) > 0:
            if wait([coming], timeout=max(left, 0.05)).done:
                return coming.result()
        raise TooSlow

    @contextmanager
    def _place_for(self, network: str) -> Iterator[bool]:
        with self._lock:
            has_place = self._awaited < self.receiving and self._read[network] < self.of_one
            has_place = has_place and self._read.total() < self._most_readers
            self._awaited += has_place
            self._read[network] += has_place
            self._read += Counter()  # forgets networks that have none
        try:
            yield has_place
        finally:
            with self._lock:
                self._awaited -= has_place

    def _reader_is_free(self, network: str) -> None:
        with self._lock:
            self._read[network] -= 1
            self._read += Counter()


class TooSlow(Exception):
    """Of the body less is there than the sender had time for."""


class CutOff(ValueError):
    """The sender left before the announced length was there."""


def _length_of(environ: dict[str, Any]) -> int:
    """The announced length; 0 where none, or none that can be read, is announced (RequestLimits says which)."""
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


@dataclass
class _Body:
    """A body on its way: how many bytes are there, and whether a request still waits for it."""

    length: int
    received: int = 0
    is_wanted: bool = True

    def receive(self, stream: Any) -> Any:
        """The whole body, in memory or, when it is long, in a file without a name. Raises CutOff, TooSlow."""
        kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        try:
            while self.received < self.length:
                kept.write(self._piece(stream))
        except BaseException:
            kept.close()
            raise
        kept.seek(0)
        return kept

    def _piece(self, stream: Any) -> bytes:
        piece: bytes = stream.read(min(PIECE, self.length - self.received))
        if not piece:
            raise CutOff
        if not self.is_wanted:
            raise TooSlow
        self.received += len(piece)
        return piece


def _at_once(answer: Iterable[bytes]) -> Iterable[bytes]:
    """An answer that is all there as a list, which the server sends without asking for pieces; a stream as it is."""
    if getattr(answer, "streaming", True):
        return answer
    try:
        return list(answer)
    finally:
        answer.close()  # type: ignore[attr-defined]


def _throw_away(late: Future[Any]) -> None:
    if not late.cancelled() and late.exception() is None:
        late.result().close()
