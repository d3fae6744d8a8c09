"""Parts of a snapshot on the disk: each written through and named, with its rows, bytes and SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..definition.model import Definition, Field
from ..rows import Row
from .frames import frame

if TYPE_CHECKING:
    from polars import DataFrame

FORMATS = ("parquet", "csv")
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a snapshot."""

    name: str
    rows: int
    bytes: int
    sha256: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


class Parts:
    """Writes rows into files of at most `most` rows each. Memory holds one batch as rows, one part as columns."""

    def __init__(self, definition: Definition, fields: Sequence[Field], folder: Path, file_format: str) -> None:
        self._definition, self._fields, self._folder, self._format = definition, fields, folder, file_format
        self._kept: list[DataFrame] = []
        self.done: list[Part] = []
        self.synthetic = self.rows = 0

    def add(self, batch: Sequence[Row], most: int) -> None:
        self._kept.append(frame(self._definition, self._fields, batch))
        self.rows += len(batch)
        self.synthetic += sum(row.is_synthetic for row in batch)
        if sum(len(one) for one in self._kept) >= most:
            self.flush()

    def flush(self) -> None:
        """Write what is kept; an empty register has one empty part, so that its columns are known."""
        import polars

        if not self._kept:
            if self.done:
                return
            self._kept.append(frame(self._definition, self._fields, ()))
        whole = polars.concat(self._kept, rechunk=False)
        self._kept = []
        name = f"part-{len(self.done) + 1:05d}.{self._format}"
        path = self._folder / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            _write(whole, stream, self._format)
            stream.flush()
            os.fsync(stream.fileno())
        self.done.append(Part(name, len(whole), path.stat().st_size, digest_of(path)))


def _write(whole: DataFrame, stream, file_format: str) -> None:  # type: ignore[no-untyped-def]
    if file_format == "parquet":
        whole.write_parquet(stream, compression="zstd")
    else:
        whole.write_csv(stream, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ", null_value="", quote_style="non_numeric")


def digest_of(path: Path) -> str:
    found = hashlib.sha256()
    for piece in _pieces(path):
        found.update(piece)
    return found.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece
