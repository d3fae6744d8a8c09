"""The newest checkpoint outside the database, so that cutting off the log's end, checkpoints and all, shows."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from zhengtong.security.crypto import services as crypto

from ..models import Checkpoint
from ..rules import note
from .tree import LogDamaged, origin, root_at


def anchor_file() -> Path:
    """One file for each log: named by the node and by what only this log's ring can make, whatever its rows say."""
    return _file(crypto.mac_for("audit anchor")(b"")[:8].hex())


def read_anchor() -> note.Note | None:
    """The checkpoint kept outside, or None. Raises ValueError when the file is damaged."""
    former = [_file(key.key_id) for key in crypto.public_keys()]  # how the file was named before
    path = next((path for path in (anchor_file(), *former) if path.exists()), None)
    return note.read(path.read_text()) if path else None


def _file(name: str) -> Path:
    return Path(settings.ZT_HOME) / "checkpoints" / f"{origin().replace('/', '-')}-{name}.note"


def anchor(checkpoint: Checkpoint) -> Path:
    """Keep this checkpoint outside the database. Never replaces one the log no longer agrees with.

    Raises LogDamaged then: the log was cut or rewritten, or an older database was put back.
    """
    path, kept = anchor_file(), read_anchor()
    if kept and (kept.size > checkpoint.tree_size or root_at(kept.size) != kept.root):
        raise LogDamaged(f"the log no longer contains the checkpoint of {kept.size} entries kept in {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(checkpoint.note)
    draft.replace(path)
    return path
