"""The node key: 32 bytes in a file of mode 0600 or in the environment; it wraps every key of the ring.

While it is being changed there are two: the one in force, and the next one (`<file>.next`, or ZT_NODE_KEY_NEXT). Both
are tried, so that no process has to be stopped and a crash between the two steps leaves a node that starts.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from .. import rules
from .faults import NodeKeyMissing, NodeKeyWrong

KEY_BYTES = rules.KEY_BYTES
name_of = rules.name_of


def ensure_node_key() -> Path | None:
    """Make the node key's file (mode 0600) if neither it nor ZT_NODE_KEY is there. Called by `zt up`, never by a page.

    Returns the file, or None when the environment holds the key. Two callers at once end with one key.
    """
    if is_in_environment():
        return None
    path = Path(settings.ZT_KEY_FILE)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        write_once(path, secrets.token_bytes(KEY_BYTES))
    return path


def is_in_environment() -> bool:
    return bool(os.environ.get("ZT_NODE_KEY"))


def next_file() -> Path:
    path = Path(settings.ZT_KEY_FILE)
    return path.with_name(f"{path.name}.next")


def write_once(path: Path, key: bytes) -> None:
    """Create the file whole or not at all: a link fails where another process was first, and then its file stands."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def current() -> bytes:
    """The 32 bytes in force. Raises NodeKeyMissing, NodeKeyWrong (not a key at all)."""
    text = os.environ.get("ZT_NODE_KEY", "")
    if not text:
        try:
            text = Path(settings.ZT_KEY_FILE).read_text()
        except OSError as fault:
            raise NodeKeyMissing(_("没有找到节点主密钥：%(path)s") % {"path": settings.ZT_KEY_FILE}) from fault
    return read(text)


def following() -> bytes | None:
    """The next key, while the key is being changed."""
    if is_in_environment():
        text = os.environ.get("ZT_NODE_KEY_NEXT", "")
        return read(text) if text else None
    try:
        return read(next_file().read_text())
    except FileNotFoundError:
        return None


def candidates() -> Iterator[bytes]:
    """The keys by which the ring may be wrapped. The next one is only looked for when the first does not fit."""
    yield current()
    if other := following():
        yield other


def read(text: str) -> bytes:
    """The key of a text. Raises NodeKeyWrong."""
    try:
        return rules.read_key(text)
    except ValueError:
        raise NodeKeyWrong(_("节点主密钥格式有误：应为 32 字节的 Base64。")) from None


wrap = rules.wrap


def unwrap(node_keys: Iterator[bytes], wrapped: bytes, binding: bytes, algorithm: str) -> bytes:
    """The secret, by the first key that opens it. Raises NodeKeyWrong."""
    try:
        return rules.unwrap(node_keys, wrapped, binding, algorithm)
    except rules.Undecryptable:
        raise NodeKeyWrong from None
