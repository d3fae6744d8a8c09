"""Pieces under the node key in a store: compressed (gzip), sealed under their name, read back in constant memory."""

from __future__ import annotations

import base64
import io
import json
import os
import zlib
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

from zhengtong.config.node import home
from zhengtong.security.crypto.wire import (
    OtherKey,
    Undecryptable,
    blind_name,
    name_of,
    open_stream,
    read_key,
    seal_stream,
)

from .faults import BackupFault, Damaged, Missing
from .stores import Store

GZIP = 31  # zlib's name for the format of gzip
LEVEL = 1
BITE = 1 << 20


class Vault:
    """A store and the node keys that open it; the first key seals."""

    def __init__(self, store: Store, keys: list[bytes]) -> None:
        self.store, self.keys = store, {name_of(key): key for key in keys}
        self.key = keys[0]

    def put(self, name: str, plain: Iterable[bytes]) -> int:
        """Keep a piece; returns the bytes it takes in the store."""
        return self.store.put(name, seal_stream(self.key, name, _packed(plain)))

    def read(self, name: str) -> Iterator[bytes]:
        """The plain bytes of a piece. Raises Missing, Damaged; a fault may show only at the end."""
        try:
            yield from _unpacked(open_stream(self.keys, name, self.store.read(name)))
        except OtherKey as fault:
            raise Damaged(
                f"{name} lies under the node key {fault.name}, and here are only {', '.join(self.keys)}: give that key "
                "(--key-file, or --shares), or see `zt keys split`."
            ) from fault
        except (Undecryptable, zlib.error) as fault:
            raise Damaged(f"{name} in {self.store.where} is {fault}: take another backup.") from fault

    def put_facts(self, name: str, facts: dict[str, Any]) -> int:
        return self.put(name, [json.dumps(facts, ensure_ascii=False, indent=1).encode()])

    def facts(self, name: str) -> dict[str, Any]:
        return dict(json.loads(b"".join(self.read(name))))

    def stream(self, name: str) -> io.BufferedReader:
        """A piece as a file to read once."""
        return io.BufferedReader(_Pieces(self.read(name)), BITE)

    # -- the file store ------------------------------------------------------------------------------------------------
    def file_name(self, sha256: str, key: bytes | None = None) -> str:
        """Where the bytes of a stored file lie: a keyed name, for a digest alone tells who holds the same file. After a
        change of the node key the names are others, and everything is kept again under the new key."""
        blind = blind_name(key or self.key, sha256)
        return f"files/{blind[:2]}/{blind}"

    def names_of(self, sha256: str) -> list[str]:
        """The names under all keys at hand."""
        return [self.file_name(sha256, key) for key in self.keys.values()]

    def find_file(self, sha256: str, held: Container[str]) -> str:
        """The piece of a stored file under any of the keys. Raises Missing."""
        for name in self.names_of(sha256):
            if name in held:
                return name
        raise Missing(f"{self.store.where} holds no file {sha256}")


class _Pieces(io.RawIOBase):
    """Pieces as a raw stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.rest:
            if (piece := next(self.pieces, None)) is None:
                return 0
            self.rest = memoryview(piece)
        size = min(len(buffer), len(self.rest))
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size


def node_keys(extra: Iterable[bytes] = ()) -> list[bytes]:
    """Every node key at hand, the one in force first: given ones, ZT_NODE_KEY or the file, former ones beside it.

    Raises BackupFault when there is none.
    """
    found = list(extra)
    for name in ("ZT_NODE_KEY", "ZT_NODE_KEY_NEXT"):
        if text := os.environ.get(name):
            found.append(_key(text, name))
    path = key_file()
    if path.is_file():
        found.append(_key_in(path))
    found += _former_keys(path)[0]
    if not found:
        raise BackupFault(
            f"The node key is not here: put it back at {path}, set ZT_NODE_KEY, or give --key-file FILE or --shares."
        )
    return found


def unreadable_keys() -> list[str]:
    """What is wrong with files beside the node key that bear a former key's name and hold none."""
    return _former_keys(key_file())[1]


def _former_keys(path: Path) -> tuple[list[bytes], list[str]]:
    """A stray file there (an editor's copy, another owner's) must not end all backups."""
    found, faults = [], []
    for file in sorted(path.parent.glob(f"{path.name}.*")):
        if file.is_file():
            try:
                found.append(_key_in(file))
            except BackupFault as fault:
                faults.append(str(fault))
    return found, faults


def _key_in(file: Path) -> bytes:
    try:
        text = file.read_text(encoding="ascii", errors="replace")
    except OSError as fault:
        raise BackupFault(f"{file} cannot be read ({fault.strerror}).") from fault
    return _key(text, str(file))


def key_file() -> Path:
    return Path(os.environ.get("ZT_KEY_FILE") or home.folder() / "keys" / "node.key")


def write_key(key: bytes) -> None:
    """Put a node key where the node looks for it: whole or not at all, mode 0600."""
    path = key_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _key(text: str, where: str) -> bytes:
    try:
        return read_key(text)
    except ValueError as fault:
        raise BackupFault(f"{where}: {fault}.") from fault


def file_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(BITE):
            yield piece


def _packed(plain: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    for piece in plain:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _unpacked(packed: Iterable[bytes]) -> Iterator[bytes]:
    """A bite at a time, however well it was compressed."""
    unpacker = zlib.decompressobj(GZIP)
    for piece in packed:
        rest = piece
        while rest:
            if plain := unpacker.decompress(rest, BITE):
                yield plain
            rest = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise zlib.error("cut off")
    yield unpacker.flush()
