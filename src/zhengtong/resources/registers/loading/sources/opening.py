"""From what the operator names to a source."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ..faults import Unloadable
from .base import Source
from .text import Csv, NdJson
from .typed import Database, Parquet, Sheet

FORMATS = ("csv", "ndjson", "xlsx", "parquet")
_ENDINGS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".xlsx": "xlsx",
    ".xlsm": "xlsx", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_BEGINNINGS = {b"PK\x03\x04": "xlsx", b"PAR1": "parquet", b"\xd0\xcf\x11\xe0": "xls"}


def open_source(named: str, *, kind: str = "", sheet: str = "", table: str = "") -> Source:
    """`-` is the standard input, what has `://` a database, else a file. Raises Unloadable."""
    if "://" in named:
        return Database(named, table)
    if named == "-":
        return _standard_input(kind)
    path = Path(named)
    if not path.is_file():
        raise Unloadable(_("没有文件 %s。") % named, remedy=_("请核对文件的路径。"))
    kind = kind or _kind_of(path)
    if kind == "xls":
        raise Unloadable(_("%s 是旧格式的工作簿。") % path.name, remedy=_("请在表格软件中另存为 .xlsx 或 CSV。"))
    if kind in ("xlsx", "parquet"):
        return Sheet(path, sheet) if kind == "xlsx" else Parquet(path)
    text = NdJson if kind == "ndjson" else Csv
    return text(path.open("rb"), path.name, path)


def _standard_input(kind: str) -> Source:
    if kind in ("xlsx", "parquet"):
        raise Unloadable(_("标准输入只能是 CSV 或 NDJSON。"), remedy=_("请把工作簿或 Parquet 存成文件再装入。"))
    file: Any = sys.stdin.buffer
    file = file if hasattr(file, "peek") else io.BufferedReader(file)
    if not kind:
        kind = "ndjson" if file.peek(1)[:1] == b"{" else "csv"
    return (NdJson if kind == "ndjson" else Csv)(file, "-")


def _kind_of(path: Path) -> str:
    """By its first bytes, for a name may lie; else by its ending."""
    with path.open("rb") as file:
        begin = file.read(4)
    ending = _ENDINGS.get(path.suffix.lower(), "")
    known = next((kind for mark, kind in _BEGINNINGS.items() if begin.startswith(mark)), "")
    return known or ("csv" if ending in ("", "csv") and begin[:1] != b"{" else ending or "ndjson")
