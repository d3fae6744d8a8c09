"""Sources that have columns of their own: spreadsheets, Parquet, other databases. Read in pieces of bounded size."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ..faults import Unloadable
from .base import Row, as_text, digest_of

PIECE = 20_000  # rows
MOST_STRINGS = 256 << 20  # bytes of a workbook's shared strings, unpacked: they are in memory


class _File:
    """A file whose reader keeps its own place: progress is told by rows."""

    width = 0

    def __init__(self, path: Path) -> None:
        self.path, self.name, self.size = path, path.name, 0

    @property
    def position(self) -> int:
        return 0

    @property
    def digest(self) -> str:
        return digest_of(self.path)

    def whole_digest(self) -> str:
        return self.digest

    def close(self) -> None:
        """Its reader closes the file."""

    def _cut(self, fault: Exception) -> Unloadable:
        why = (str(fault).splitlines() or [type(fault).__name__])[0][:200]
        told = _("%(name)s 不能读取：%(why)s") % {"name": self.name, "why": why}
        return Unloadable(told, remedy=_("文件可能被截断或损坏，请重新取得后再装入。"))


class Sheet(_File):
    """One sheet of an Excel workbook (.xlsx): the named one, else the first."""

    def __init__(self, path: Path, sheet: str = "") -> None:
        super().__init__(path)
        self._sheet = sheet

    def rows(self) -> Generator[Row, None, None]:
        import openpyxl

        try:
            self._check_size()
            book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, OSError, KeyError, ValueError, EOFError) as fault:
            raise self._cut(fault) from fault
        try:
            if self._sheet and self._sheet not in book.sheetnames:
                known = "、".join(book.sheetnames)
                raise Unloadable(_("没有名为“%s”的工作表。") % self._sheet, remedy=_("现有工作表：%s") % known)
            sheet: Any = book[self._sheet] if self._sheet else book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its size may be wrong
            for cells in sheet.iter_rows(values_only=True):
                row = [as_text(cell) for cell in cells]
                if any(row):
                    yield row
        except (zipfile.BadZipFile, OSError, KeyError, SyntaxError, EOFError, zipfile.zlib.error) as fault:  # type: ignore[attr-defined]
            raise self._cut(fault) from fault
        finally:
            book.close()

    def _check_size(self) -> None:
        with zipfile.ZipFile(self.path) as packed:
            strings = [one.file_size for one in packed.infolist() if one.filename.endswith("sharedStrings.xml")]
        if sum(strings) > MOST_STRINGS:
            raise Unloadable(_("%s 中的文字太多，不能逐行读取。") % self.name, remedy=_("请另存为 CSV 后装入。"))


class Parquet(_File):
    """A Parquet file, a piece at a time."""

    def rows(self) -> Generator[Row, None, None]:
        import polars

        try:
            frame = polars.scan_parquet(self.path)
            yield list(frame.collect_schema().names())
            for piece in frame.collect_batches(chunk_size=PIECE, maintain_order=True):
                for cells in piece.iter_rows():
                    yield [as_text(cell) for cell in cells]
        except (polars.exceptions.PolarsError, OSError) as fault:
            raise self._cut(fault) from fault


class Database:
    """A table of another database, by SQLAlchemy: read only, through a cursor of the server."""

    size, width = 0, 0

    def __init__(self, dsn: str, table: str) -> None:
        import sqlalchemy

        try:
            self._engine = sqlalchemy.create_engine(dsn)
        except (sqlalchemy.exc.ArgumentError, ImportError) as fault:
            told = _("数据库地址不能使用：%s") % str(fault).splitlines()[0]
            raise Unloadable(
                told, remedy=_("例如 postgresql+psycopg://用户@主机/库名，并用 --table 指明表。")
            ) from fault
        if not table:
            raise Unloadable(_("没有指明要读哪个表。"), remedy=_("请用 --table 写出表或视图的名称。"))
        self._table = table
        self.name = f"{self._engine.url.render_as_string(hide_password=True)}#{table}"
        self._sha = hashlib.sha256()

    @property
    def position(self) -> int:
        return 0

    @property
    def digest(self) -> str:
        return self._sha.hexdigest()

    def whole_digest(self) -> str:
        return ""

    def close(self) -> None:
        self._engine.dispose()

    def rows(self) -> Generator[Row, None, None]:
        import sqlalchemy

        schema, _dot, name = self._table.rpartition(".")
        try:
            table = sqlalchemy.Table(name, sqlalchemy.MetaData(), schema=schema or None, autoload_with=self._engine)
            yield [column.name for column in table.columns]
            options = {"stream_results": True, "yield_per": PIECE}
            with self._engine.connect().execution_options(**options) as db:
                for cells in db.execute(sqlalchemy.select(table)):
                    row: list[str | None] = [as_text(cell) for cell in cells]
                    self._sha.update(repr(row).encode())
                    yield row
        except sqlalchemy.exc.NoSuchTableError as fault:
            told = _("数据库中没有表“%s”。") % self._table
            raise Unloadable(told, remedy=_("请核对 --table；模式名写在前面，如 public.people。")) from fault
        except sqlalchemy.exc.SQLAlchemyError as fault:
            why = str(fault).splitlines()[0][:200]
            told = _("读取数据库失败：%s") % why
            raise Unloadable(told, remedy=_("请核对地址、账号和网络后重试；已装入的行不会重复。")) from fault
        finally:
            self._engine.dispose()
