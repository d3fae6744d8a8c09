"""What was done with backups: an entry of the accountability log, and a note beside the node for `zt status`."""

from __future__ import annotations

import getpass
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from zhengtong.config.node import attach, home

if TYPE_CHECKING:
    from .catalogue import Backup
    from .drill import Rehearsal
    from .restore import Restored

Note = dict[str, Any]


def backup_taken(backup: Backup, where: str) -> None:
    note("backup", {"id": backup.id, "at": backup.finished_at, "size": backup.size, "where": where})
    facts = {"backup": backup.id, "bytes": backup.size, "files": backup.files, "key": backup.key}
    _record("audit.backup.taken", backup.id, facts)


def restored(done: Restored) -> None:
    reached = done.reached.isoformat() if done.reached else ""
    facts = {"backup": done.backup.id, "reached": reached, "lost": len(done.lost)}
    _record("audit.backup.restored", done.backup.id, facts)


def drilled(found: Rehearsal) -> None:
    note("drill", {"at": found.at, "backup": found.backup, "ok": found.ok, "faults": found.faults,
                   "seconds": found.seconds})  # fmt: skip
    facts = {"backup": found.backup, "ok": found.ok, "rows": found.rows, "entries": found.entries, "root": found.root}
    _record("audit.backup.rehearsed", found.backup, facts)


def note(name: str, facts: Note) -> None:
    """Keep the newest of its kind; whole or not at all."""
    path = home.folder() / "run" / f"last-{name}.json"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def noted(name: str) -> Note:
    """The newest of its kind; empty where there is none."""
    try:
        return dict(json.loads((home.folder() / "run" / f"last-{name}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _record(action: str, backup_id: str, facts: Note) -> None:
    """In the log of the node of ZT_HOME, by whoever typed the command."""
    import django

    attach.adopt()
    django.setup()
    from django.db import connection, transaction

    from zhengtong.kernel.actors import system_actor
    from zhengtong.kernel.ids import make_urn
    from zhengtong.security.audit import services

    urn = make_urn("audit", "backup", uuid5(NAMESPACE_URL, f"zhengtong backup {backup_id}"))
    with transaction.atomic():
        services.record(system_actor(f"operator:{getpass.getuser()}"), action, urn, at=datetime.now(UTC), detail=facts)
    connection.close()
