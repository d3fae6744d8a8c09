"""What works without Django: the row of an entry and the statement that writes it, the bytes of a leaf; receipts
verified and the log followed by anybody."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhengtong.security.crypto import rules as crypto
from zhengtong.security.crypto.rules import from_pem

from . import following
from .following import Fetch, Followed, Unreachable, fetcher
from .rules import merkle, note
from .rules.entries import DENIED, INSERT, PERSONAL_DATA_READ, check_read, columns_of, why_denied
from .rules.leaf import Facts, blinded, leaf, leaf_hash, read_leaf

__all__ = [
    "DENIED", "FORMAT", "INSERT", "PERSONAL_DATA_READ", "Facts", "Followed", "Unreachable", "Unusable", "Verdict",
    "check_read", "columns_of", "fetcher", "follow", "from_pem", "leaf", "leaf_hash", "note", "read_keys", "verify",
    "why_denied",
]  # fmt: skip

FORMAT = "zhengtong-receipt-1"


class Unusable(ValueError):
    """Not a receipt at all, or one of an unknown format: nothing can be said of it."""


def follow(fetch: Fetch, keys: Sequence[bytes], older: Sequence[note.Note] = ()) -> Followed:
    """Compute a served log again from its tiles; `keys` are its raw public keys. See `following.follow`."""
    return following.follow(fetch, lambda head: note.signed_by(head, keys, crypto.verify_ed25519) is not None, older)


def read_keys(text: str) -> list[bytes]:
    """Raw public keys from PEM or from verifier keys (`name+hash+Base64`), one in a line. Raises ValueError."""
    keys = from_pem(text) or [note.read_verifier_key(line)[2] for line in text.splitlines() if line.strip()]
    if not keys:
        raise ValueError("no public key (PEM or verifier key) in it")
    return keys


@dataclass
class Verdict:
    """What a receipt proves. `faults` name the checks that failed; `sealed` tells the promise from the proof."""

    statement: dict[str, str]
    disclosed: dict[str, Any] = field(default_factory=dict)  # by name, of detail, purpose and subjects: those proved
    sealed: bool = False
    leaf_index: int | None = None
    tree_size: int | None = None
    fingerprints: list[str] = field(default_factory=list)
    trusted: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    @property
    def detail(self) -> Mapping[str, Any] | None:
        return self.disclosed.get("detail")


def verify(receipt: Any, trusted_keys: Sequence[bytes] | None = None) -> Verdict:
    """Check everything a receipt says. Raises Unusable.

    With `trusted_keys` (raw public keys got from the node by another way) only these count; without, the keys carried
    in the receipt do, and the reader compares their fingerprint with the published one.
    """
    if not isinstance(receipt, dict) or receipt.get("format") != FORMAT:
        raise Unusable(f"not a receipt of the format {FORMAT}")
    try:
        data = base64.b64decode(receipt["leaf"], validate=True)
        signature = base64.b64decode(receipt["signature"]["value"], validate=True)
        carried = [_raw_key(key) for key in receipt["keys"]]
        verdict = Verdict(statement=read_leaf(data), trusted=trusted_keys is not None)
    except (KeyError, TypeError, ValueError) as fault:
        raise Unusable(f"the receipt is incomplete or damaged: {fault}") from fault
    keys = list(trusted_keys) if trusted_keys is not None else carried
    _check_statement(receipt, verdict)
    _check_signature(data, signature, keys, verdict)
    if receipt.get("checkpoint") or receipt.get("proof"):
        _check_proof(receipt, data, keys, verdict)
    return verdict


def _raw_key(key: Mapping[str, str]) -> bytes:
    return crypto.from_der(base64.b64decode(key["public_key"], validate=True))


def _check_statement(receipt: Mapping[str, Any], verdict: Verdict) -> None:
    """What is shown in clear must be what was signed."""
    if receipt.get("statement") != verdict.statement:
        verdict.faults.append("statement")
    disclosed = receipt.get("disclosed") or {}
    if not isinstance(disclosed, dict):
        raise Unusable("what a receipt discloses is a map")
    for name in ("detail", "purpose", "subjects"):
        if disclosed.get(name) is not None:
            _check_disclosed(name, disclosed[name], verdict)


def _check_disclosed(name: str, disclosed: Mapping[str, Any], verdict: Verdict) -> None:
    """A value shown in clear must be the one whose digest was signed."""
    try:
        digest = blinded(bytes.fromhex(disclosed["key"]), disclosed["value"])
    except (KeyError, TypeError, ValueError):
        digest = ""
    if not digest or not hmac.compare_digest(digest.encode(), verdict.statement.get(name, "").encode()):
        verdict.faults += ["detail"] * ("detail" not in verdict.faults)
    else:
        verdict.disclosed[name] = disclosed["value"]


def _check_signature(data: bytes, signature: bytes, keys: Sequence[bytes], verdict: Verdict) -> None:
    signer = next((key for key in keys if crypto.verify(key, data, signature)), None)
    if signer is None:
        verdict.faults.append("signature")
    else:
        verdict.fingerprints.append(crypto.fingerprint(signer))


def _check_proof(receipt: Mapping[str, Any], data: bytes, keys: Sequence[bytes], verdict: Verdict) -> None:
    """The leaf is in the tree whose root the node signed."""
    try:
        checkpoint = note.read(receipt["checkpoint"])
    except (AttributeError, KeyError, TypeError, ValueError):
        verdict.faults.append("checkpoint")
        return
    signer = note.signed_by(checkpoint, keys, crypto.verify_ed25519)
    if signer is None:
        verdict.faults.append("checkpoint")
    elif crypto.fingerprint(signer) not in verdict.fingerprints:
        verdict.fingerprints.append(crypto.fingerprint(signer))
    if not _leads_to_root(receipt.get("proof"), leaf_hash(data), checkpoint):
        verdict.faults.append("proof")
        return
    verdict.sealed = signer is not None
    verdict.leaf_index, verdict.tree_size = receipt["proof"]["leaf_index"], checkpoint.size


def _leads_to_root(proof: Any, hash_of_leaf: bytes, checkpoint: note.Note) -> bool:
    try:
        path = [base64.b64decode(step, validate=True) for step in proof["path"]]
        root = merkle.root_of_path(proof["leaf_index"], checkpoint.size, hash_of_leaf, path)
    except (KeyError, TypeError, ValueError):
        return False
    return root == checkpoint.root and proof.get("tree_size") == checkpoint.size
