"""Where rules run: on PostgreSQL over the tables themselves, or on DuckDB over a Parquet export of the same.

Both hold the relations of `relations` for the length of a run and answer the same questions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.db import DatabaseError, connection, transaction

from zhengtong.security.crypto import services as crypto
from zhengtong.security.directory import queries as directory

from .. import rows
from ..definition.model import Definition
from . import relations
from .relations import Link

ENGINES = ("postgres", "duckdb")
LINKED_AT_ONCE = 20_000  # rows opened between two writes
_TYPES = {"int64": "BIGINT", "string": "VARCHAR", "date": "DATE", "float64": "DOUBLE", "boolean": "BOOLEAN"}
MEMORY, THREADS = "1GB", 2


class Engine(Protocol):
    """Answers statements over the relations. `name`: the dialect they are written in."""

    name: str

    @property
    def errors(self) -> type[Exception]: ...

    def run(self, statement: str) -> list[tuple[Any, ...]]: ...


@contextmanager
def opened(
    engine: str, definitions: Mapping[str, Definition], fields: Mapping[str, Iterable[str]], links: Sequence[Link]
) -> Iterator[Engine]:
    """The engine with the relations of these registers. They are gone afterwards, also after a fault."""
    with transaction.atomic(), _relations(definitions, fields, links) as kinds:
        if engine == "postgres":
            yield _Postgres()
        else:
            with tempfile.TemporaryDirectory(prefix="zt-quality-") as folder, _exported(Path(folder), kinds) as found:
                yield found


# -- PostgreSQL -------------------------------------------------------------------------------------------------------
class _Postgres:
    name = "postgres"
    errors = DatabaseError

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())


@contextmanager
def _relations(
    definitions: Mapping[str, Definition], fields: Mapping[str, Iterable[str]], links: Sequence[Link]
) -> Iterator[dict[str, dict[str, str]]]:
    """Temporary views and tables; gives the types of their columns."""
    kinds = {relations.DIVISIONS: relations.DIVISION_COLUMNS, **{one.name: relations.LINK_COLUMNS for one in links}}
    views = {relations.name_of(definitions[key]): (definitions[key], names) for key, names in fields.items()}
    with connection.cursor() as cursor:
        for name, (definition, names) in views.items():
            kinds[name] = {key: kind for key, (_what, kind) in relations.columns(definition, names).items()}
            cursor.execute(f"CREATE TEMP VIEW {name} AS {relations.selection(definition, names)}")
        cursor.execute(f"CREATE TEMP TABLE {relations.DIVISIONS} (code text, is_present boolean)")
    _fill_divisions()
    for link in links:
        _fill(link, definitions)
    yield kinds
    with connection.cursor() as cursor:
        tables = ", ".join([relations.DIVISIONS, *(one.name for one in links)])
        cursor.execute(f"DROP TABLE {tables}; DROP VIEW {', '.join(views)}")


def _fill_divisions() -> None:
    present = directory.present_areas()
    found = sorted(present | directory.known_areas())
    _copy(relations.DIVISIONS, "".join(f"{code}\t{'t' if code in present else 'f'}\n" for code in found))


def _fill(link: Link, definitions: Mapping[str, Definition]) -> None:
    """Every value, opened where it is encrypted, under each index key of the ring (a rotation may be under way)."""
    definition, context = definitions[link.register], definitions[link.context_register]
    one = definition.by_name[link.field]
    indexers = crypto.blind_indexers(rows.index_context(context, context.by_name[link.context_field]))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {link.name} (id bigint, key text)")
    last = 0
    while found := _some(definition, link.field, last):
        last = found[-1][0]
        texts = [(number, crypto.decrypt(bytes(value)) if one.is_encrypted else str(value)) for number, value in found]
        _copy(link.name, "".join(f"{number}\t{make(text).hex()}\n" for number, text in texts for make in indexers))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {link.name}")


def _some(definition: Definition, field: str, last: int) -> list[tuple[int, Any]]:
    statement = (
        f"SELECT id, {field} FROM {definition.table} WHERE id > %s AND {field} IS NOT NULL "  # noqa: S608  (names only)
        f"ORDER BY id LIMIT {LINKED_AT_ONCE}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [last])
        return list(cursor.fetchall())


def _copy(table: str, lines: str) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        copy.write(lines)


# -- DuckDB -----------------------------------------------------------------------------------------------------------
class _DuckDB:
    name = "duckdb"

    def __init__(self, connected: Any, errors: type[Exception]) -> None:
        self._connected, self.errors = connected, errors

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        return list(self._connected.execute(statement).fetchall())


@contextmanager
def _exported(folder: Path, kinds: Mapping[str, Mapping[str, str]]) -> Iterator[_DuckDB]:
    """Every relation as a Parquet file in a folder that only this account can read and that goes with the run."""
    import duckdb

    connected = duckdb.connect(":memory:", config={"memory_limit": MEMORY, "threads": THREADS,
                                                   "temp_directory": str(folder)})  # fmt: skip
    try:
        for name, columns in kinds.items():
            _to_parquet(connected, folder, name, columns)
        yield _DuckDB(connected, duckdb.Error)
    finally:
        connected.close()


def _to_parquet(connected: Any, folder: Path, name: str, columns: Mapping[str, str]) -> None:
    raw, kept = folder / f"{name}.csv", folder / f"{name}.parquet"
    statement = f"COPY (SELECT {', '.join(columns)} FROM {name}) TO STDOUT (FORMAT csv, NULL '\\N')"  # noqa: S608
    with raw.open("wb") as file, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            file.write(block)
    types = ", ".join(f"'{column}': '{_TYPES[kind]}'" for column, kind in columns.items())
    marks = "delim=',', quote='\"', escape='\"', nullstr='\\N', allow_quoted_nulls=false"
    options = f"header=false, auto_detect=false, {marks}, columns={{{types}}}"
    connected.execute(f"COPY (SELECT * FROM read_csv('{raw}', {options})) TO '{kept}' (FORMAT parquet)")  # noqa: S608
    raw.unlink()
    connected.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{kept}')")  # noqa: S608
