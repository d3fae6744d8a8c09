"""Is this home the node, or a restored copy somebody only looks at? A copy keeps away from the node's backups.

Both have one system identifier and would write to the same place in the store: the copy's log, its bases and its
retention would spoil what the living node needs. So `zt restore` marks the home, and `zt backup adopt` ends it.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from zhengtong.config.node import home

from .faults import BackupFault


def mark(backup_id: str, *, at: datetime) -> None:
    """From now on nothing leaves this home for a store. Whole or not at all."""
    draft = _file().with_suffix(".draft")
    draft.write_text(json.dumps({"backup": backup_id, "at": at.isoformat()}), encoding="utf-8")
    draft.replace(_file())


def restored_from() -> str:
    """The backup this home was restored from and that nobody has adopted yet; else an empty text."""
    try:
        text = _file().read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    try:
        return str(json.loads(text)["backup"])
    except (ValueError, KeyError, TypeError):
        return "?"  # marked, whatever was done to the mark


def demand() -> None:
    """Raises BackupFault in a restored home that nobody has adopted."""
    if backup_id := restored_from():
        raise BackupFault(
            f"{home.folder()} was restored from {backup_id}, and another node may live from the same backups: nothing "
            "is shipped, backed up or removed from here. If this is the node from now on and the old one is off for "
            "good, run `zt backup adopt`."
        )


def adopt() -> bool:
    """This home is the node from now on. False where it was not marked."""
    was_marked = bool(restored_from())
    _file().unlink(missing_ok=True)
    return was_marked


def _file() -> Path:
    return home.folder() / "restored.json"
