"""What the operator wants of backups, from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .faults import BackupFault


@dataclass(frozen=True, slots=True)
class Plan:
    """`to`: a folder or `s3://bucket/prefix`; empty: no backups. `mirror`: a folder on another disk which every commit
    must reach before it is acknowledged; empty: none."""

    to: str
    every: float  # seconds between two shipments of the log
    base_hours: float
    keep: int
    mirror: Path | None


def plan() -> Plan:
    """Raises BackupFault on a number that is none."""
    mirror = os.environ.get("ZT_BACKUP_MIRROR")
    if mirror and not os.environ.get("ZT_BACKUP_TO"):
        raise BackupFault("ZT_BACKUP_MIRROR needs backups to go on from: set ZT_BACKUP_TO too.")
    return Plan(
        to=os.environ.get("ZT_BACKUP_TO", ""),
        every=_number("ZT_BACKUP_EVERY", os.environ.get("ZT_BACKUP_EVERY"), 60),
        base_hours=_number("ZT_BACKUP_BASE_HOURS", os.environ.get("ZT_BACKUP_BASE_HOURS"), 24),
        keep=int(_number("ZT_BACKUP_KEEP", os.environ.get("ZT_BACKUP_KEEP"), 7)),
        mirror=Path(mirror).resolve() if mirror else None,
    )


def _number(name: str, text: str | None, default: float) -> float:
    try:
        value = float(text or default)
    except ValueError:
        value = 0
    if value <= 0:
        raise BackupFault(f"{name}={text}: give a number greater than zero, or unset it for {default}.")
    return value


def settings() -> dict[str, str]:
    """What was set of it, for commands that are called without."""
    return {name: value for name, value in os.environ.items() if name.startswith("ZT_BACKUP_")}
