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
    """One file for each log: named by the node and its first signing key."""
    log = origin().replace("/", "-")
    return Path(settings.ZT_HOME) / "checkpoints" / f"{log}-{crypto.public_keys()[0].key_id}.note"


def read_anchor() -> note.Note | None:
    """The checkpoint kept outside, or None. Raises ValueError when the file is damaged."""
    try:
        return note.read(anchor_file().read_text())
    except FileNotFoundError:
        return None


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
