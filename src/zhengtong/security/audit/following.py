"""Follow a log from what it publishes, its checkpoint and tiles, without its database: for anybody, without Django."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .rules import merkle, note
from .rules.tiles import HASH, HEIGHT, WIDTH, Tile

LIMIT = 1 << 20  # bytes of an answer
TIMEOUT = 20  # seconds
Fetch = Callable[[str], bytes]


class Unreachable(OSError):
    """The log, or a part of it, could not be fetched: nothing can be said of it."""


@dataclass
class Followed:
    """What the tiles prove. Each fault is (kind, where): signature, older, tile, root, rolled-back, forked."""

    origin: str = ""
    size: int = 0
    root: bytes = b""
    tiles: int = 0
    checkpoint: str = ""
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults


def fetcher(base: str) -> Fetch:
    """Fetches addresses below a log's base (`https://…/log`). Raises Unreachable, saying which address and why."""
    if not base.startswith(("http://", "https://")):
        raise Unreachable(f"{base}: the address of a log begins with http:// or https://")

    def fetch(address: str) -> bytes:
        return ask(f"{base.rstrip('/')}/{address}")

    return fetch


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Who was asked answers; nobody is sent on, to an address of the inner network for instance."""

    def redirect_request(self, *_asked: Any, **_more: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def ask(url: str, body: bytes | None = None) -> bytes:
    """GET, or POST when there is a body. Raises Unreachable; an answer of a witness that refuses is `Refused`."""
    request = urllib.request.Request(url, data=body, headers={"User-Agent": "zhengtong"})  # noqa: S310
    if body is not None:
        request.add_header("Content-Type", "text/plain; charset=utf-8")
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            data: bytes = answer.read(LIMIT + 1)
    except urllib.error.HTTPError as fault:
        raise Refused(url, fault.code, fault.read(LIMIT)) from fault
    except (OSError, ValueError) as fault:
        raise Unreachable(f"{url}: {getattr(fault, 'reason', fault)}") from fault
    if len(data) > LIMIT:
        raise Unreachable(f"{url}: an answer of more than {LIMIT} bytes")
    return data


class Refused(Unreachable):
    """The other side answered with a status of its own."""

    def __init__(self, url: str, status: int, body: bytes) -> None:
        super().__init__(f"{url}: HTTP status {status}")
        self.status, self.body = status, body


def follow(fetch: Fetch, is_signed: Callable[[note.Note], bool], older: Sequence[note.Note] = ()) -> Followed:
    """Compute the whole tree again from the leaf hashes of its tiles and compare all it serves.

    `is_signed`: by a key of the log that was got another way. `older`: checkpoints kept from before; each must be a
    beginning of this log. Memory is constant, one request for each tile. Raises Unreachable.
    """
    found = Followed()
    try:
        found.checkpoint = fetch("checkpoint").decode()
        head = note.read(found.checkpoint)
    except ValueError as fault:
        found.faults.append(("signature", f"checkpoint: {fault}"))
        return found
    found.origin, found.size, found.root = head.origin, head.size, head.root
    if not is_signed(head):
        found.faults.append(("signature", f"checkpoint of {head.size} entries"))
        return found  # a size nobody signed for says nothing of what to fetch
    _check_older(older, head, is_signed, found)
    _Walk(fetch, found, {kept.size: kept.root for kept in older}).run()
    return found


def _check_older(
    older: Sequence[note.Note], head: note.Note, is_signed: Callable[[note.Note], bool], found: Followed
) -> None:
    for kept in older:
        if kept.origin != head.origin or not is_signed(kept):
            found.faults.append(("older", f"the checkpoint of {kept.size} entries of {kept.origin}"))
        elif kept.size > head.size:
            found.faults.append(("rolled-back", f"{kept.size} entries were signed before, {head.size} are served"))


class _Walk:
    """From the first leaf to the last; the tiles above are compared as soon as the leaves below fill them."""

    def __init__(self, fetch: Fetch, found: Followed, roots: dict[int, bytes]) -> None:
        self._fetch, self._found, self._roots = fetch, found, roots
        self._frontier = merkle.Frontier()
        self._rows: list[list[bytes]] = []  # of each level above the leaves, the hashes of the tile being filled
        self._numbers: list[int] = []

    def run(self) -> None:
        for tile in _row(self._found.size):
            data = self._get(tile)
            if data is None:
                return
            for start in range(0, len(data), HASH):
                self._grow(data[start : start + HASH])
        for level, row in enumerate(self._rows, 1):
            if row:
                self._compare(level, row)
        if self._frontier.root() != self._found.root:
            self._found.faults.append(("root", f"checkpoint of {self._found.size} entries"))

    def _grow(self, leaf_hash: bytes) -> None:
        for level, (_place, value) in enumerate(self._frontier.append(leaf_hash), 1):
            if level % HEIGHT == 0:
                self._add(level // HEIGHT, value)
        kept = self._roots.get(self._frontier.size)
        if kept is not None and kept != self._frontier.root():
            self._found.faults.append(
                ("forked", f"the first {self._frontier.size} entries are not those signed before")
            )

    def _add(self, level: int, value: bytes) -> None:
        if len(self._rows) < level:
            self._rows.append([])
            self._numbers.append(0)
        row = self._rows[level - 1]
        row.append(value)
        if len(row) == WIDTH:
            self._compare(level, row)
            row.clear()
            self._numbers[level - 1] += 1

    def _compare(self, level: int, row: list[bytes]) -> None:
        tile = Tile(level, self._numbers[level - 1], len(row))
        served = self._get(tile)
        if served is not None and served != b"".join(row):
            self._found.faults.append(("tile", tile.address))

    def _get(self, tile: Tile) -> bytes | None:
        data = self._fetch(f"tile/{tile.address}")
        self._found.tiles += 1
        if len(data) != tile.width * HASH:
            self._found.faults.append(("tile", f"{tile.address}: {len(data)} bytes, not {tile.width * HASH}"))
            return None
        return data


def _row(size: int) -> list[Tile]:
    """The tiles of leaf hashes."""
    full = [Tile(0, number) for number in range(size // WIDTH)]
    return full + [Tile(0, size // WIDTH, size % WIDTH)] * bool(size % WIDTH)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a log serves now beside a checkpoint kept from before. `fault`: see Followed; "" when it only grew."""

    text: str
    head: note.Note | None
    fault: str = ""


def grown(fetch: Fetch, is_signed: Callable[[note.Note], bool], origin: str, kept: note.Note | None) -> Growth:
    """Fetch the head, and prove from the tiles that the log of `kept` is its beginning (RFC 6962 section 2.1.2).

    log n tiles are fetched. Raises Unreachable.
    """
    text = fetch("checkpoint").decode(errors="replace")
    try:
        head = note.read(text)
    except ValueError:
        return Growth(text, None, "signature")
    if head.origin != origin or not is_signed(head):
        return Growth(text, head, "signature")
    return Growth(text, head, _contradiction(fetch, head, kept) if kept else "")


def _contradiction(fetch: Fetch, head: note.Note, kept: note.Note) -> str:
    """How the head contradicts the one kept; "" when it does not."""
    if head.size < kept.size:
        return "rolled-back"
    if head.size == kept.size:
        return "" if kept.root == head.root else "forked"
    tiles = _Tiles(fetch, head.size)
    try:
        path = [tiles.fold(step) for step in merkle.consistency(kept.size, head.size)]
        is_whole = tiles.fold(list(merkle.spans(0, head.size))) == head.root
    except ValueError:
        return "tile"
    if merkle.is_consistent(kept.size, head.size, kept.root, head.root, path):
        return ""
    return "forked" if is_whole else "tile"


class _Tiles:
    """Hashes of subtrees of a tree of one size, from its tiles; each tile is fetched once. Raises ValueError."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch, self._size = fetch, size
        self._kept: dict[Tile, bytes] = {}

    def fold(self, subtrees: Sequence[merkle.Subtree]) -> bytes:
        return merkle.fold([self._hash(*subtree) for subtree in subtrees])

    def _hash(self, level: int, index: int) -> bytes:
        row, above = divmod(level, HEIGHT)
        first = index << above  # of the hashes of the tile row that make up the subtree
        number = first // WIDTH
        tile = Tile(row, number, min(WIDTH, (self._size >> (HEIGHT * row)) - number * WIDTH))
        if tile not in self._kept:
            self._kept[tile] = self._fetch(f"tile/{tile.address}")
        start, data = (first % WIDTH) * HASH, self._kept[tile]
        hashes = [data[place : place + HASH] for place in range(start, start + (HASH << above), HASH)]
        if len(data) != tile.width * HASH:
            raise ValueError(tile.address)
        while len(hashes) > 1:
            below = iter(hashes)
            hashes = [merkle.node_hash(left, right) for left, right in zip(below, below, strict=True)]
        return hashes[0]
