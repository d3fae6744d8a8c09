"""What came of each row (a line, more where it has several faults or a note), and the rejected rows as they came.

Written once, also over a kill: a load remembers how far each file reached when its last batch was committed, and cuts
it there when it goes on.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from .faults import Fault, Unloadable

HEAD = ("row", "key", "outcome", "field", "code", "message_zh", "message_en")
Line = tuple[int, str, str, tuple[Fault, ...]]  # row, masked key, outcome, faults or notes


class Kept:
    """A CSV file of UTF-8 with a mark for spreadsheets; readable by its owner alone. Without a path nothing is kept."""

    def __init__(self, path: Path | None, head: Sequence[str], reached: int = 0, *, is_optional: bool = False) -> None:
        """`reached`: where it ended when the last batch was committed; what stands behind is written anew.
        `is_optional`: a file of a head alone is not left behind."""
        self.path, self._is_optional, self._empty = path, is_optional, 0
        self._file: io.BufferedRandom | None = None
        if path is None:
            return
        try:
            self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
            self._file.seek(0, os.SEEK_END)
            self.cut(reached if self._file.tell() >= reached else 0)
        except OSError as fault:
            told = _("结果文件 %(path)s 不能写入：%(why)s") % {"path": path, "why": fault.strerror}
            raise Unloadable(told, remedy=_("请用 --outcome 指定可以写入的位置。")) from fault
        if self._file.tell() == 0:
            self.write("\ufeff" + _text([head]))
            self._empty = self.tell()

    def write(self, text: str) -> None:
        """On the disk when it returns."""
        if self._file is None or not text:
            return
        self._file.write(text.encode("utf-8", "replace"))
        self._file.flush()
        os.fsync(self._file.fileno())

    def cut(self, end: int) -> None:
        if self._file:
            self._file.truncate(end)
            self._file.seek(end)

    def tell(self) -> int:
        return self._file.tell() if self._file else 0

    def close(self) -> None:
        if self._file:
            is_empty = self._file.tell() == self._empty
            self._file.close()
            if is_empty and self._is_optional and self.path:
                self.path.unlink()


def free(path: Path) -> Path:
    """The path, or one like it that no file has: what an earlier load told stays."""
    names = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, 10_000))
    return path if not path.exists() else next(one for one in names if not one.exists())


def rejected_beside(outcome: Path) -> Path:
    return outcome.with_suffix(".rejected.csv")


def outcome_text(lines: Iterable[Line]) -> str:
    """Lines of the outcome file."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row, key, outcome, faults in lines:
        if not faults:
            text.write(f"{row},{_cell(key)},{outcome},,,,\r\n")
        for fault in faults:
            writer.writerow((row, _safe(key), outcome, fault.field, fault.code, _safe(fault.zh), _safe(fault.en)))
    return text.getvalue()


def rejected_text(rows: Iterable[Sequence[str | None]]) -> str:
    """Rows as they came, so that they can be put right and loaded again."""
    return _text([[cell or "" for cell in row] for row in rows])


def _text(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _safe(text: str) -> str:
    """No spreadsheet takes a cell of ours for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and text else text


def _cell(text: str) -> str:
    text = _safe(text)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text
