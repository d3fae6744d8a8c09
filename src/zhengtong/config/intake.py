"""Between the web server and Django: a request's body is received whole, in time, before anything works on it.

The server gives a request to a thread as soon as its headers are there, and a read of the body waits as long as the
sender likes: a dozen senders who stop in the middle would hold every thread. Here many threads receive, few work; a
body that does not come in time, or is cut off, never reaches a form. What was wrong is told in `zt.intake` of the
environment; `RequestLimits` answers it in the visitor's language.
"""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
CHUNK, IN_MEMORY = 64 * 1024, 1024 * 1024


@dataclass
class Intake:
    """A WSGI application around another. `at_work`: how many requests are worked on at once.

    A body of n bytes has `patience` + n / `least_rate` seconds to arrive. At most `receiving` bodies are under way at
    once, and `of_one` from one network; `network_of` tells it from the environment. `most` bytes are received, what
    is longer is left to be refused unread. `released` is called when the work is done, before the answer is sent: a
    slow reader must not hold a connection to the database.
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
    _under_way: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._gate = threading.BoundedSemaphore(self.at_work)
        # A reader whose sender neither sends nor leaves stays until the server gives the connection up: more than
        # `receiving`, so that those do not keep others out.
        self._readers = ThreadPoolExecutor(4 * self.receiving, thread_name_prefix="intake")

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
        with self._place_for(self.network_of(environ)) as has_place:
            if not has_place:
                environ["zt.intake"] = "crowded"
                return
            coming = self._readers.submit(_receive, stream, length)
            del stream  # the reader's alone: the server closes the connection when nobody holds its body
            try:
                environ["wsgi.input"] = coming.result(self.patience + length / self.least_rate)
            except NotInTime:
                coming.add_done_callback(_throw_away)
                environ["zt.intake"] = "slow"
            except CutOff:
                environ["zt.intake"] = "cut"

    @contextmanager
    def _place_for(self, network: str) -> Iterator[bool]:
        with self._lock:
            has_place = self._under_way.total() < self.receiving and self._under_way[network] < self.of_one
            self._under_way[network] += has_place
        try:
            yield has_place
        finally:
            with self._lock:
                self._under_way[network] -= has_place
                if not self._under_way[network]:
                    del self._under_way[network]


class CutOff(ValueError):
    """The sender left before the announced length was there."""


def _length_of(environ: dict[str, Any]) -> int:
    """The announced length; 0 where none, or none that can be read, is announced (RequestLimits says which)."""
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _receive(stream: Any, length: int) -> Any:
    """The whole body, in memory or, when it is long, in a file without a name. Raises CutOff."""
    body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    left = length
    while left:
        piece = stream.read(min(CHUNK, left))
        if not piece:
            body.close()
            raise CutOff
        body.write(piece)
        left -= len(piece)
    body.seek(0)
    return body


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
