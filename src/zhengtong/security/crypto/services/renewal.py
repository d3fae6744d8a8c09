"""After a rotation: everything encrypted is encrypted anew, in the background, batch by batch, with progress.

Each batch is one transaction that locks its rows, rewrites them and moves the mark: a worker that is killed loses at
most the batch in hand, and the next one goes on from the mark.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, transaction
from psycopg.types.json import Jsonb

from zhengtong.kernel.texts import Texts

from .. import rules
from ..ciphertexts import Ciphertext, all_ciphertexts
from ..models import KeyVersion, Renewal
from .ring import Purpose
from .work import blind_index, decrypt, encrypt

BATCH = 500
SETTLED = timedelta(seconds=60)  # by then every process writes with the new key (ring.CHECK_EVERY)
_LOCK = 0x5A54_524E_57  # advisory lock "ZTRNW": one process renews at a time


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one column is. `failed`: rows that could not be read or whose new index stands already elsewhere."""

    key: str
    label: Texts
    seen: int
    total: int
    failed: int
    is_finished: bool


def list_progress() -> list[Progress]:
    """Every column under the newest keys that were renewed or are being renewed; empty where nothing was rotated."""
    data, index = _targets()
    rows = Renewal.objects.filter(data_version=data.version, index_version=index.version)
    known = {row.ciphertext: row for row in rows}
    if not _is_needed():
        return []
    return [_progress(key, column, known.get(key)) for key, column in all_ciphertexts()]


def list_noted_progress() -> list[Progress]:
    """As far as the worker has noted it of the newest keys, for those who may not see the keys' table: the web."""
    rows = list(Renewal.objects.order_by("-data_version", "-index_version")[: len(all_ciphertexts())])
    newest = [row for row in rows if (row.data_version, row.index_version) == _versions(rows[0])]
    known = dict(all_ciphertexts())
    return [_progress(row.ciphertext, known[row.ciphertext], row) for row in newest if row.ciphertext in known]


def _versions(row: Renewal) -> tuple[int, int]:
    return row.data_version, row.index_version


def _progress(key: str, column: Ciphertext, row: Renewal | None) -> Progress:
    if row is None:
        return Progress(key, column.label, 0, 0, 0, False)
    return Progress(key, column.label, row.seen, row.total, row.failed, row.finished_at is not None)


def renew(*, at: datetime, seconds: float, batch: int = BATCH) -> bool:
    """Go on for so many seconds. True when something is left to do. Cheap when there is nothing.

    Nothing is begun before a rotation is SETTLED, for until then a process may still write with the former key.
    """
    with _alone() as is_alone:
        if not is_alone or not _is_needed():
            return False
        data, index = _targets()
        if at - max(data.created_at, index.created_at) < SETTLED:
            return True
        stop = time.monotonic() + seconds
        for key, column in all_ciphertexts():
            mark = _mark(key, column, data.version, index.version, at)
            while mark.finished_at is None:
                if time.monotonic() >= stop:
                    return True
                _renew_batch(mark, column, at, batch)
    return False


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this connection has the work to itself. The lock goes with the connection, should the process die."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _is_needed() -> bool:
    """Is there a former key of data or index under which something may still lie?"""
    former = KeyVersion.objects.filter(purpose__in=[Purpose.DATA, Purpose.INDEX], retired_at__isnull=False)
    return former.exists()


def _targets() -> tuple[KeyVersion, KeyVersion]:
    rows = KeyVersion.objects.filter(purpose__in=[Purpose.DATA, Purpose.INDEX], retired_at=None)
    by_purpose = {row.purpose: row for row in rows}
    return by_purpose[Purpose.DATA], by_purpose[Purpose.INDEX]


def _mark(key: str, column: Ciphertext, data: int, index: int, at: datetime) -> Renewal:
    mark, _ = Renewal.objects.get_or_create(
        ciphertext=key, data_version=data, index_version=index,
        defaults={"total": _count(column), "started_at": at},
    )  # fmt: skip
    return mark


# -- one batch --------------------------------------------------------------------------------------------------------
def _renew_batch(mark: Renewal, column: Ciphertext, at: datetime, batch: int) -> None:
    with transaction.atomic():
        _announce()
        rows = _rows(column, mark.last_pk, batch)
        failed = sum(not _renew_row(column, pk, value, mark) for pk, value in rows)
        mark.last_pk = rows[-1][0] if rows else mark.last_pk
        mark.seen, mark.failed = mark.seen + len(rows), mark.failed + failed
        mark.finished_at = at if len(rows) < batch else None
        mark.save()


def _announce() -> None:
    """To triggers that let nobody else change a column: the same text is carried under another key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('zt.renewing', 'on', true)")


def _rows(column: Ciphertext, after: int, limit: int) -> list[tuple[int, Any]]:
    """The next rows, locked: whoever changes one meanwhile waits, and then writes with the new key himself."""
    table, pk, name = _names(column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {pk}, {name} FROM {table} WHERE {pk} > %s AND {_filled(column)} ORDER BY {pk} LIMIT %s FOR UPDATE",  # noqa: S608
            [after, limit],
        )
        return list(cursor.fetchall())


def _renew_row(column: Ciphertext, pk: int, value: Any, mark: Renewal) -> bool:
    """False when the row had to be left as it is."""
    texts: list[str] = []

    def anew(sealed: bytes) -> bytes:
        is_current = rules.key_version_of(sealed) == mark.data_version
        if is_current and not column.index:
            return sealed
        texts.append(decrypt(sealed))
        return sealed if is_current else encrypt(texts[-1])

    stored = _from_database(column, value)
    try:
        fresh = column.walk(stored, anew)
        if fresh != stored or column.index:
            with transaction.atomic():
                _write(column, pk, fresh, texts)
    except (rules.Undecryptable, ValueError, IntegrityError):
        return False
    return True


def _write(column: Ciphertext, pk: int, fresh: Any, texts: list[str]) -> None:
    table, key, name = _names(column)
    values: list[Any] = [Jsonb(fresh) if column.is_json else fresh]
    changes = f"{name} = %s"
    if column.index and texts:
        field, context = column.index
        changes += f", {connection.ops.quote_name(_column_of(column, field))} = %s"
        values.append(blind_index(texts[0], context))
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {changes} WHERE {key} = %s", [*values, pk])  # noqa: S608


# -- columns ----------------------------------------------------------------------------------------------------------
def _names(column: Ciphertext) -> tuple[str, str, str]:
    quote = connection.ops.quote_name
    if column.is_table:
        return quote(column.model), "id", quote(column.field)
    meta = apps.get_model(column.model)._meta
    assert meta.pk is not None
    return quote(meta.db_table), quote(meta.pk.column), quote(_column_of(column, column.field))


def _column_of(column: Ciphertext, field: str) -> str:
    return field if column.is_table else str(apps.get_model(column.model)._meta.get_field(field).column)  # type: ignore[union-attr]


def _filled(column: Ciphertext) -> str:
    name = _names(column)[2]
    return f"{name} IS NOT NULL" if column.is_json else f"length({name}) > 0"


def _from_database(column: Ciphertext, value: Any) -> Any:
    import orjson

    return (orjson.loads(value) if isinstance(value, str | bytes) else value) if column.is_json else bytes(value)


def _count(column: Ciphertext) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {_names(column)[0]} WHERE {_filled(column)}")  # noqa: S608
        return int(cursor.fetchone()[0])


def leftovers(version: int) -> dict[str, int]:
    """How many rows of each column still lie under this version of the data key: every row is looked at."""
    found = {key: _under(column, version) for key, column in all_ciphertexts()}
    return {key: count for key, count in found.items() if count}


def _under(column: Ciphertext, version: int) -> int:
    count, after = 0, 0
    with transaction.atomic():
        while rows := _rows(column, after, 20 * BATCH):
            count += sum(version in _versions_in(column, value) for _, value in rows)
            after = rows[-1][0]
    return count


def _versions_in(column: Ciphertext, value: Any) -> set[int]:
    met: set[int] = set()

    def look(sealed: bytes) -> bytes:
        met.add(rules.key_version_of(sealed))
        return sealed

    try:
        column.walk(_from_database(column, value), look)
    except (rules.Undecryptable, ValueError):
        return met
    return met


def is_index_renewed(version: int) -> bool:
    """Has every column with a blind index been carried past this version, with no row left behind?"""
    indexed = [key for key, column in all_ciphertexts() if column.index]
    done = Renewal.objects.filter(
        ciphertext__in=indexed, index_version__gt=version, finished_at__isnull=False, failed=0
    )
    return set(indexed) <= set(done.values_list("ciphertext", flat=True))
