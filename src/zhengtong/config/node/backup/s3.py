"""A store that speaks S3. Keys, region and endpoint come from the usual AWS_… variables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .faults import BackupFault, Missing
from .stores import Entry

if TYPE_CHECKING:
    from obstore.store import S3Store as Bucket

PART = 32 << 20  # bytes; S3 takes 10,000 parts of a piece, so this is good for 320 GB
AT_ONCE = 2  # parts under way: with PART, what an upload holds in memory


class S3Store:
    """`s3://bucket/prefix`. A piece appears when its last part has arrived, or not at all."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.where = address
        self.bucket = _bucket(parts.netloc, parts.path.strip("/"))

    def put(self, name: str, pieces: Iterable[bytes]) -> int:
        import obstore

        counted = _Counted(pieces)
        first = _beginning(iter(counted))
        try:
            with self._said(name):
                if len(first) < PART:  # all of it: no parts
                    obstore.put(self.bucket, name, first, use_multipart=False)
                else:
                    obstore.put(self.bucket, name, chain([first], counted), chunk_size=PART, max_concurrency=AT_ONCE)
        except Missing as fault:
            raise BackupFault(f"{self.where}: there is no such bucket; make it, or set ZT_BACKUP_TO anew.") from fault
        except BackupFault as fault:
            raise counted.fault or fault from None  # what broke off below us says more
        return counted.size

    def read(self, name: str) -> Iterator[bytes]:
        import obstore

        with self._said(name):
            for piece in obstore.get(self.bucket, name).stream(min_chunk_size=1 << 20):
                yield bytes(piece)

    def list(self, folder: str) -> Iterator[Entry]:
        import obstore

        with self._said(folder):
            for batch in obstore.list(self.bucket, prefix=folder or None):
                for found in batch:
                    yield Entry(found["path"], found["size"], found["last_modified"])

    def delete(self, name: str) -> None:
        import obstore
        from obstore.exceptions import NotFoundError

        with self._said(name):
            try:
                obstore.delete(self.bucket, name)
            except (FileNotFoundError, NotFoundError):
                return

    @contextmanager
    def _said(self, name: str) -> Iterator[None]:
        """Faults in a sentence with the remedy."""
        from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError

        try:
            yield
        except (FileNotFoundError, NotFoundError) as fault:
            raise Missing(f"{self.where} holds no {name}") from fault
        except (PermissionError, PermissionDeniedError, UnauthenticatedError) as fault:
            raise BackupFault(f"{self.where} refuses: see AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.") from fault
        except BaseError as fault:
            words = str(fault).strip().splitlines()[0][:300] if str(fault).strip() else type(fault).__name__
            raise BackupFault(
                f"{self.where} cannot be used ({words}): see AWS_ENDPOINT_URL, and the bucket."
            ) from fault


class _Counted:
    """Pieces, counted; a fault of theirs is kept, whatever the upload makes of it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.size = 0
        self.fault: Exception | None = None

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self.pieces)
        except StopIteration:
            raise
        except Exception as fault:
            self.fault = fault
            raise
        self.size += len(piece)
        return piece


def _beginning(pieces: Iterator[bytes]) -> bytes:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= PART:
            break
    return bytes(held)


def _bucket(name: str, prefix: str) -> Bucket:
    try:
        from obstore.store import S3Store as Bucket
    except ImportError as fault:
        raise BackupFault("The library `obstore` is not installed: `make run` brings what is locked.") from fault
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    wanted: dict[str, Any] = {
        "endpoint": endpoint, "prefix": prefix, "access_key_id": os.environ.get("AWS_ACCESS_KEY_ID"),
        "secret_access_key": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        "client_options": {"allow_http": endpoint.startswith("http://"), "timeout": "300s"},
    }  # fmt: skip
    return Bucket(name, **{key: value for key, value in wanted.items() if value})
