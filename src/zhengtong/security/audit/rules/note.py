"""Checkpoints as signed notes (C2SP signed-note, tlog-checkpoint): texts that people and other logs can read.

zhengtong/511602-e
1234
<root, Base64>

— zhengtong/511602-e <4 bytes of key hash ‖ Ed25519 signature of the text above, Base64>
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_ED25519 = b"\x01"
_DASH = "— "


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint as read: whose log, how many leaves, which root; `text` is what was signed."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]  # name, key hash, signature


def origin_of(division: str, zone: str) -> str:
    """The name of a node's log, the first line of its checkpoints."""
    return f"zhengtong/{division}-{zone}"


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """What is signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def key_hash(name: str, public_key: bytes) -> bytes:
    """The four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def write(text: str, name: str, public_key: bytes, signature: bytes) -> str:
    """The whole note."""
    return f"{text}\n{_DASH}{name} {base64.b64encode(key_hash(name, public_key) + signature).decode()}\n"


def read(note: str) -> Note:
    """The parts of a note, unverified. Raises ValueError."""
    text, gap, lines = note.rpartition("\n\n")
    parts = text.split("\n")
    if not gap or len(parts) < 3 or not parts[1].isdecimal() or str(int(parts[1])) != parts[1]:
        raise ValueError("not a checkpoint")
    try:
        root = base64.b64decode(parts[2], validate=True)
        signatures = tuple(_signature(line) for line in lines.splitlines())
    except binascii.Error as fault:
        raise ValueError("not a checkpoint: faulty Base64") from fault
    if len(root) != 32:
        raise ValueError("not a checkpoint: a root has 32 bytes")
    return Note(parts[0], int(parts[1]), root, text + "\n", signatures)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, gap, value = line.removeprefix(_DASH).partition(" ")
    if not (gap and line.startswith(_DASH)):
        raise ValueError("not a signature line")
    raw = base64.b64decode(value, validate=True)
    return name, raw[:4], raw[4:]


def signed_by(note: Note, public_keys: Iterable[bytes], verify: Callable[[bytes, bytes, bytes], bool]) -> bytes | None:
    """The first of the keys that signed the note under the log's own name, or None. `verify(key, data, signature)`."""
    for key in public_keys:
        expected = key_hash(note.origin, key)
        for name, hint, signature in note.signatures:
            if name == note.origin and hint == expected and verify(key, note.text.encode(), signature):
                return key
    return None
