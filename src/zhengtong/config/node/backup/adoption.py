"""Is this home the node, or a restored copy somebody only looks at? A copy keeps away from the node's backups.

Both have one system identifier and would write to the same place in the store: the copy's log, its bases and its
retention would spoil what the living node needs. So `zt restore` marks the home, and `zt backup adopt` ends it.

Two copies restored from the same log go on in timelines of the same number. The one that is adopted first lays claim to
it in the store; the other is refused.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhengtong.config.node import home

from .faults import BackupFault

if TYPE_CHECKING:
    from .source import Source
    from .vault import Vault

RESTORED, ADOPTED = "restored.json", "adopted.json"


def mark(backup_id: str, *, at: datetime) -> None:
    """From now on nothing leaves this home for a store. Whole or not at all."""
    draft = _file().with_suffix(".draft")
    facts = {"backup": backup_id, "at": at.isoformat(), "copy": secrets.token_hex(16)}
    draft.write_text(json.dumps(facts), encoding="utf-8")
    draft.replace(_file())


def restored_from() -> str:
    """The backup this home was restored from and that nobody has adopted yet; else an empty text."""
    if not _file().exists():
        return ""
    return _noted(RESTORED, "backup") or "?"  # marked, whatever was done to the mark


def demand() -> None:
    """Raises BackupFault in a restored home that nobody has adopted."""
    if backup_id := restored_from():
        raise BackupFault(
            f"{home.folder()} was restored from {backup_id}, and another node may live from the same backups: nothing "
            "is shipped, backed up or removed from here. If this is the node from now on and the old one is off for "
            "good, run `zt backup adopt`."
        )


def claim(source: Source, vault: Vault) -> None:
    """The timeline of a home that came back by a restore is its own in this store, from the first time it asks.

    Raises BackupFault where another copy of the same log was adopted before.
    """
    copy = _noted(RESTORED, "copy") or _noted(ADOPTED, "copy")
    if not copy:
        return
    prefix = f"{source.system}/adopted/{source.timeline():08X}-"
    claims = {entry.name for entry in vault.store.list(f"{source.system}/adopted") if entry.name.startswith(prefix)}
    if claims - {prefix + copy}:
        raise BackupFault(
            f"Another copy that was restored from the same log has been adopted before, and {vault.store.where} holds "
            f"its log as timeline {source.timeline()}: this one would overwrite it. Restore anew from there into an "
            "empty home (what the other did comes along), or, if this copy is to be the node, set ZT_BACKUP_TO to "
            "another place."
        )
    if not claims:
        vault.put_facts(prefix + copy, {"backup": _noted(RESTORED, "backup") or _noted(ADOPTED, "backup")})


def adopt() -> bool:
    """This home is the node from now on. False where it was not marked."""
    was_marked = bool(restored_from())
    if was_marked:
        _file().replace(_file(ADOPTED))
    return was_marked


def _noted(file: str, fact: str) -> str:
    try:
        return str(json.loads(_file(file).read_text(encoding="utf-8"))[fact])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _file(name: str = RESTORED) -> Path:
    return home.folder() / name
