"""CSV and NDJSON: text of any size, line by bounded line, UTF-8 or GB18030 or UTF-16."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from django.utils.translation import gettext as _

from ..faults import Unloadable, make
from .base import Row, Tap, Unreadable, as_text, digest_of

SAMPLE = 1 << 18
LONGEST_LINE = 1 << 18  # characters; more is no table
LONGEST_CELL = 1 << 16
DELIMITERS = ",\t;|"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class LineTooLong(Exception):
    """A line was skipped to its end."""


class Lines:
    """Lines of a text with an end to their length. An iterator that goes on after it has raised LineTooLong."""

    def __init__(self, file: io.TextIOBase) -> None:
        self._file = file
        self.read = 0
        self.ends_open = False  # the last line has no line end

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.read += 1
        if line[-1] != "\n":
            if len(line) >= LONGEST_LINE:
                while (rest := self._file.readline(LONGEST_LINE)) and rest[-1] != "\n":
                    pass
                raise LineTooLong
            self.ends_open = True
        return line


class Text:
    """What CSV and NDJSON share."""

    def __init__(self, file: BinaryIO, name: str, path: Path | None = None) -> None:
        self.name, self._path, self.size = name, path, path.stat().st_size if path else 0
        self._file, self._tap = file, Tap(file)
        buffered = io.BufferedReader(self._tap, SAMPLE)
        self._sample = buffered.peek(SAMPLE)
        try:
            encoding = self._encoding()
        except Unloadable:
            file.close()
            raise
        self._text = io.TextIOWrapper(buffered, encoding, errors="surrogateescape", newline="")
        self._lines = Lines(self._text)

    @property
    def position(self) -> int:
        return self._tap.position

    @property
    def digest(self) -> str:
        return self._tap.digest

    def close(self) -> None:
        self._text.close()
        if self._path:
            self._file.close()

    def whole_digest(self) -> str:
        return digest_of(self._path) if self._path else ""

    @property
    def ends_open(self) -> bool:
        return self._lines.ends_open

    def _encoding(self) -> str:
        """Raises Unloadable for what is no text, or nothing at all."""
        if not self._sample:
            raise Unloadable(_("%s 是空的。") % self.name, remedy=_("请确认给出的是正确的文件。"))
        for bom, encoding in _BOMS:
            if self._sample.startswith(bom):
                return encoding
        if b"\x00" in self._sample:
            raise Unloadable(
                _("%s 不是文本文件。") % self.name, remedy=_("请给出 CSV、NDJSON、Excel 或 Parquet 文件。")
            )
        for encoding in ("utf-8", "gb18030"):
            try:
                codecs.getincrementaldecoder(encoding)().decode(self._sample)
            except UnicodeDecodeError:
                continue
            return encoding
        return "utf-8"  # the rows with bad bytes are told

    def _mended(self, cells: list[str | None]) -> Row:
        """Bytes that were no UTF-8 may be GB18030 in a file whose beginning did not show it."""
        try:
            return [c and c.encode("utf-8", "surrogateescape").decode("gb18030") if _escaped(c) else c for c in cells]
        except UnicodeError:
            return Unreadable(make("encoding"), tuple(cells))


def _escaped(cell: str | None) -> bool:
    return cell is not None and not cell.isascii() and any("\udc80" <= char <= "\udcff" for char in cell)


class Csv(Text):
    """Cells between commas, semicolons, tabs or bars, as the head shows. A row is as wide as the head."""

    width = 0  # set when the head is known: every further row has as many cells

    def rows(self) -> Generator[Row, None, None]:
        csv.field_size_limit(LONGEST_CELL)
        reader = csv.reader(self._lines, delimiter=self._delimiter())
        while True:
            before = self._lines.read
            try:
                cells: list[str | None] = list(next(reader))
            except StopIteration:
                return
            except LineTooLong:
                yield Unreadable(make("line-too-long", most=LONGEST_LINE))
                continue
            except csv.Error as fault:
                yield Unreadable(make("broken-row", why=str(fault)))
                continue
            if cells:
                yield cells if len(cells) == self.width and "".join(cells).isascii() else self._row(cells, before)  # type: ignore[arg-type]

    def _row(self, cells: list[str | None], before: int) -> Row:
        if self.width and len(cells) != self.width:
            if len(cells) < self.width or any(cells[self.width :]):
                fault = make("columns", found=len(cells), wanted=self.width, first=before + 1, last=self._lines.read)
                return Unreadable(fault, tuple(cells))
            cells = cells[: self.width]
        try:
            "".join(cells).encode()  # type: ignore[arg-type]
        except UnicodeEncodeError:
            return self._mended(cells)
        return cells

    def _delimiter(self) -> str:
        """Of the sample's first lines, the one that stands in most of them."""
        head = self._sample[:20_000].decode(self._encoding(), "replace").splitlines()[:20]
        return max(DELIMITERS, key=lambda mark: sum(line.count(mark) for line in head))


class NdJson(Text):
    """One JSON object in a line. The members of the first lines are the columns; one that is absent is empty."""

    width = 0
    LOOKED_AT = 200

    def rows(self) -> Generator[Row, None, None]:
        first: list[Any] = []
        for value in self._values():
            first.append(value)
            if len(first) == self.LOOKED_AT:
                break
        names = list(dict.fromkeys(name for one in first if isinstance(one, dict) for name in one))
        if not names:
            told = _("%s 的开头没有 JSON 对象。") % self.name
            raise Unloadable(told, remedy=_("NDJSON 文件每行应有一个 JSON 对象。"))
        yield list(names)
        known = set(names)
        for value in first:
            yield self._row(value, names, known)
        for value in self._values():
            yield self._row(value, names, known)

    def _values(self) -> Iterator[Any]:
        while True:
            try:
                line = next(self._lines)
            except StopIteration:
                return
            except LineTooLong:
                yield Unreadable(make("line-too-long", most=LONGEST_LINE))
                continue
            if line.strip():
                yield self._value(line)

    def _value(self, line: str) -> Any:
        if _escaped(line):
            mended = self._mended([line])
            if isinstance(mended, Unreadable):
                return mended
            line = mended[0] or ""
        try:
            value = orjson.loads(line)
        except ValueError:
            value = None
        return value if isinstance(value, dict) else Unreadable(make("not-an-object"), (line.strip(),))

    @staticmethod
    def _row(value: Any, names: Sequence[str], known: set[str]) -> Row:
        if isinstance(value, Unreadable):
            return value
        if more := [name for name in value if name not in known]:
            return Unreadable(make("unknown-member", names="、".join(more[:5])), tuple(map(as_text, value.values())))
        cells: list[str | None] = []
        for name in names:
            cell = value.get(name)
            if isinstance(cell, dict) and "coordinates" in cell:  # GeoJSON
                cell = orjson.dumps(cell).decode()
            elif isinstance(cell, list | dict):
                return Unreadable(make("nested", name=name), tuple(map(as_text, value.values())))
            cells.append(as_text(cell))
        return cells
