"""The node's own folder (ZT_HOME): what lies where, who holds it, and how commands find a running node."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import IO, Any

from .faults import NodeFault

ROOT = Path(__file__).resolve().parents[4]
LEAST_FREE = 200 * 1024 * 1024


class HomeFault(NodeFault):
    """The folder cannot be used; the message says what to do."""


def folder() -> Path:
    return Path(os.environ.get("ZT_HOME") or ROOT / ".zt").resolve()


def prepare() -> Path:
    """Make the folder and see that it can be written and has room. Raises HomeFault."""
    home = folder()
    try:
        for part in (home, home / "run"):
            part.mkdir(parents=True, exist_ok=True)
        (home / "keys").mkdir(mode=0o700, exist_ok=True)
        probe = home / "run" / f"probe-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as fault:
        raise HomeFault(
            f"{home} cannot be written to ({fault.strerror}): give this user the folder, or set ZT_HOME to another one."
        ) from fault
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE:
        raise HomeFault(f"The disk that holds {home} is full ({free // 2**20} MB free): make room, then start again.")
    return home


def ensure_secret() -> None:
    """The key that signs sessions and forms: one for each node, mode 0600, never in the environment of a shell."""
    path = folder() / "keys" / "secret"
    if os.environ.get("ZT_SECRET_KEY") or path.exists():
        return
    draft = path.with_name(f".secret-{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    draft.rename(path)


def take() -> IO[str] | None:
    """The right to run this node, kept while the file is open. None where another process has it."""
    lock = open(folder() / "run" / "lock", "a")  # noqa: SIM115
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def tell(**facts: Any) -> None:
    """Add to what other commands may want to know of this node. Mode 0600: a database's address may hold a password."""
    path = folder() / "run" / "node.json"
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({**told(), **facts}, file, indent=1)
    draft.rename(path)


def told() -> dict[str, Any]:
    try:
        return dict(json.loads((folder() / "run" / "node.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
