"""From what the operator wrote to the store he means."""

from __future__ import annotations

from pathlib import Path

from .faults import BackupFault
from .s3 import S3Store
from .stores import FolderStore, Store


def open_store(address: str) -> Store:
    """The store of `s3://bucket/prefix` or of a folder. Raises BackupFault."""
    if not address:
        raise BackupFault(
            "It is not said where backups go: set ZT_BACKUP_TO (or give --to) to a folder on another disk, or to "
            "s3://bucket/prefix."
        )
    if address.startswith("s3://"):
        return S3Store(address)
    if "://" in address:
        raise BackupFault(f"{address} is neither a folder nor s3://bucket/prefix.")
    return FolderStore(Path(address).expanduser().resolve())
