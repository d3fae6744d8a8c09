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

ED25519 = b"\x01"  # types of a signature (C2SP signed-note)
COSIGNATURE = b"\x04"  # Ed25519 with a moment, by a witness (C2SP tlog-cosignature)
SM2 = b"\xffzhengtong/sm2"  # SM2 with SM3, DER; the specification's room for types without a number
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


def key_hash(name: str, public_key: bytes, kind: bytes = b"") -> bytes:
    """The four bytes by which a signature line names its key. A key of 32 bytes is Ed25519's, another SM2's."""
    kind = kind or (ED25519 if len(public_key) == 32 else SM2)
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key).digest()[:4]


def line(name: str, public_key: bytes, signature: bytes, kind: bytes = b"") -> str:
    """One signature line."""
    return f"{_DASH}{name} {base64.b64encode(key_hash(name, public_key, kind) + signature).decode()}\n"


def write(text: str, name: str, public_key: bytes, signature: bytes) -> str:
    """The whole note under one signature; further lines are added at its end."""
    return f"{text}\n{line(name, public_key, signature)}"


def cosigned_text(text: str, moment: int) -> bytes:
    """What a witness signs at a moment (POSIX seconds): that this is the largest tree of the log it has seen."""
    return f"cosignature/v1\ntime {moment}\n{text}".encode()


def cosignature(name: str, public_key: bytes, moment: int, signature: bytes) -> str:
    """A witness's line."""
    return line(name, public_key, moment.to_bytes(8) + signature, COSIGNATURE)


def verifier_key(name: str, public_key: bytes, kind: bytes = ED25519) -> str:
    """A key as other programs take it: name+hash+Base64 of type and key (C2SP signed-note, vkey)."""
    hint = key_hash(name, public_key, kind).hex()
    return f"{name}+{hint}+{base64.b64encode(kind + public_key).decode()}"


def read_verifier_key(text: str) -> tuple[str, bytes, bytes]:
    """(name, type, public key). Raises ValueError with what is wrong."""
    name, gap, rest = text.strip().partition("+")
    hint, second, value = rest.partition("+")
    raw = base64.b64decode(value, validate=True) if second else b""
    kind, key = raw[:1], raw[1:]
    if not (gap and name) or kind not in {ED25519, COSIGNATURE} or len(key) != 32:
        raise ValueError("a verifier key reads name+hash+Base64 of a type (1 or 4) and 32 bytes of Ed25519")
    if key_hash(name, key, kind).hex() != hint:
        raise ValueError(f"the hash in the verifier key of {name} does not fit: it was copied wrongly")
    return name, kind, key


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
    text.encode()  # half a character (a lone surrogate) cannot have been signed: a ValueError
    if len(root) != 32:
        raise ValueError("not a checkpoint: a root has 32 bytes")
    return Note(parts[0], int(parts[1]), root, text + "\n", signatures)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, gap, value = line.removeprefix(_DASH).partition(" ")
    if not (gap and line.startswith(_DASH)):
        raise ValueError("not a signature line")
    raw = base64.b64decode(value, validate=True)
    return name, raw[:4], raw[4:]


def cosigned_by(note: Note, name: str, public_key: bytes, verify: Callable[[bytes, bytes, bytes], bool]) -> int | None:
    """The moment (POSIX seconds) at which this witness signed the note, or None when it did not."""
    expected = key_hash(name, public_key, COSIGNATURE)
    for signer, hint, value in note.signatures:
        if (signer, hint) == (name, expected) and len(value) == 72:
            moment = int.from_bytes(value[:8])
            if moment < 1 << 63 and verify(public_key, cosigned_text(note.text, moment), value[8:]):
                return moment
    return None


def signed_by(note: Note, public_keys: Iterable[bytes], verify: Callable[[bytes, bytes, bytes], bool]) -> bytes | None:
    """The first of the keys that signed the note under the log's own name, or None. `verify(key, data, signature)`."""
    for key in public_keys:
        expected = key_hash(note.origin, key)
        for name, hint, signature in note.signatures:
            if name == note.origin and hint == expected and verify(key, note.text.encode(), signature):
                return key
    return None
