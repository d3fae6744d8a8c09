"""Leftovers go: rows of files that nobody names, and bytes without a row. A slice of the store at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from . import storing
from .models import StoredFile
from .providers import HOLDERS

GRACE = timedelta(hours=48)  # callers are told 24 hours: nothing is removed while it may be about to be named
SLICES = 8  # one a night: each file is looked at every eighth night
BATCH = 500


def hold(sha256: str, *, alone: bool = False) -> None:
    """Until the transaction ends, bytes that are being taken in are not removed (`alone`: nor taken in)."""
    alike = "SELECT pg_advisory_xact_lock_shared(hashtext('files'), hashtext(%s))"
    with connection.cursor() as cursor:
        cursor.execute(alike.replace("_shared", "") if alone else alike, [sha256])


def clean(part: int, *, at: datetime) -> tuple[int, int]:
    """Clean one of the SLICES. Returns how many rows and how many files on the disk went."""
    prefixes = [f"{n:02x}" for n in range(256) if n % SLICES == part % SLICES]
    rows = sum(_drop_rows(prefix, at - GRACE) for prefix in prefixes)
    return rows, sum(_drop_bytes(prefix, at - GRACE) for prefix in prefixes) + _drop_incoming(at - GRACE)


def _drop_rows(prefix: str, before: datetime) -> int:
    gone, last = 0, 0
    while files := _old_rows(prefix, before, last):
        last = files[-1].pk
        held = {uuid for _name, holder in HOLDERS.items() for uuid in holder.held(files)}
        unnamed = [file.pk for file in files if file.uuid not in held]
        gone += StoredFile.objects.filter(pk__in=unnamed).delete()[0] if unnamed else 0
    return gone


def _old_rows(prefix: str, before: datetime, after: int) -> list[StoredFile]:
    known = {purpose for _name, holder in HOLDERS.items() for purpose in holder.purposes}
    there = StoredFile.objects.filter(sha256__gte=prefix, sha256__lt=f"{prefix}g", purpose__in=known)
    return list(there.filter(stored_at__lt=before, pk__gt=after).order_by("pk")[:BATCH])


def _drop_bytes(prefix: str, before: datetime) -> int:
    names = list(_old_files(Path(settings.ZT_FILES) / prefix, before))
    gone = 0
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        known = set(StoredFile.objects.filter(sha256__in=[p.name for p in batch]).values_list("sha256", flat=True))
        gone += sum(_drop(path, before) for path in batch if path.name not in known)
    return gone


@transaction.atomic
def _drop(path: Path, before: datetime) -> bool:
    """Looked at again alone: somebody may just be handing in the same bytes."""
    hold(path.name, alone=True)
    if StoredFile.objects.filter(sha256=path.name).exists() or not _is_old(path, before):
        return False
    path.unlink(missing_ok=True)
    return True


def _drop_incoming(before: datetime) -> int:
    """What was left in the antechamber when a process was killed."""
    left = [path for path in (Path(settings.ZT_FILES) / "incoming").glob("*") if _is_old(path, before)]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _old_files(folder: Path, before: datetime) -> Iterator[Path]:
    return (path for path in folder.glob("*/*") if len(path.name) == storing.NAME and _is_old(path, before))


def _is_old(path: Path, before: datetime) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return path.is_file() and path.stat().st_mtime < before.timestamp()
    return False
