"""Receipts: at once the node's signature over the leaf, after sealing the proof that it stands in the log."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.errors import Conflict
from zhengtong.security.crypto import services as crypto

from ..models import Checkpoint, Entry, Leaf
from ..providers import ACTIONS
from ..rules import merkle, note
from ..rules.leaf import blinding, leaf, leaf_hash, read_leaf
from ..wire import FORMAT
from .rows import facts_of_entry
from .tree import origin, subtree_hashes


def receipt(entry: Entry, *, disclose: Collection[str] = ("detail",)) -> dict[str, Any]:
    """The signed leaf as JSON-able data: the node's promise that the entry stands in its log.

    `title` and `statement` repeat the leaf for people. Of `detail` (say, the case number), `purpose` and `subjects` the
    leaf has digests; those in `disclose` come along in clear with the key that proves each.
    """
    data = leaf(facts_of_entry(entry))
    signature = crypto.sign(data)
    title = ACTIONS.find(entry.action)
    return {
        "format": FORMAT,
        "node": origin(),
        "title": dict(title) if title else {},
        "statement": read_leaf(data),
        "disclosed": _disclosed(entry, disclose),
        "leaf": _text(data),
        "signature": {
            "key_id": signature.key_id, "algorithm": signature.algorithm, "value": _text(signature.value)
        },
        "keys": [_key(signature.key_id)],
    }  # fmt: skip


def complete_receipt(receipt: dict[str, Any]) -> dict[str, Any]:
    """The receipt with the newest checkpoint and the inclusion proof; unchanged while the entry is not sealed yet.

    Raises Conflict when the log holds another leaf for the entry than the receipt: run `zt audit verify`.
    """
    return complete_receipts([receipt])[0]


def complete_receipts(receipts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """`complete_receipt` of many, all under the same checkpoint; three queries."""
    checkpoint = Checkpoint.objects.order_by("-tree_size").first()
    if checkpoint is None:
        return list(receipts)
    leaves = [base64.b64decode(receipt["leaf"]) for receipt in receipts]
    uuids = [UUID(read_leaf(data)["uuid"]) for data in leaves]
    size, signer = checkpoint.tree_size, _signer_of(checkpoint)
    rows = {row.entry_uuid: row for row in Leaf.objects.filter(entry_uuid__in=uuids, index__lt=size)}
    paths = dict(zip(rows, inclusion_paths([row.index for row in rows.values()], size), strict=True))
    for data, uuid in zip(leaves, uuids, strict=True):
        if uuid in rows and bytes(rows[uuid].hash) != leaf_hash(data):
            message = _("回执与日志第 %(leaf)s 号叶子不一致") % {"leaf": rows[uuid].index}
            raise Conflict(message, remedy=_("日志可能被改动：请运行 zt audit verify。"))
    return [
        _completed(receipt, checkpoint, signer, rows[uuid].index, paths[uuid]) if uuid in rows else receipt
        for receipt, uuid in zip(receipts, uuids, strict=True)
    ]


def _completed(
    receipt: dict[str, Any], checkpoint: Checkpoint, signer: dict[str, dict[str, str]], index: int, path: list[bytes]
) -> dict[str, Any]:
    proof = {"leaf_index": index, "tree_size": checkpoint.tree_size, "path": [_text(step) for step in path]}
    keys = {key["key_id"]: key for key in receipt["keys"]} | signer
    return receipt | {"proof": proof, "checkpoint": checkpoint.note, "keys": list(keys.values())}


def _signer_of(checkpoint: Checkpoint) -> dict[str, dict[str, str]]:
    """The key that signed the head, by its id, as a receipt carries it."""
    ours = crypto.public_keys()
    signer = note.signed_by(note.read(checkpoint.note), [key.raw for key in ours], crypto.verify_ed25519)
    return {key.key_id: _key(key.key_id) for key in ours if key.raw == signer}


def receipt_file(entry: Entry) -> str:
    """The receipt as the file people keep: JSON, with the proof as soon as the entry is sealed."""
    return json.dumps(complete_receipt(receipt(entry)), ensure_ascii=False, indent=2)


def verifier_keys() -> list[str]:
    """The keys that sign the log's heads, as C2SP verifier keys, the oldest first, retired ones too."""
    ours = [key.raw for key in crypto.public_keys() if len(key.raw) == 32]
    return [note.verifier_key(origin(), raw) for raw in ours]


def inclusion_path(index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the tree of `size`; one query."""
    return inclusion_paths([index], size)[0]


def inclusion_paths(indexes: Sequence[int], size: int) -> list[list[bytes]]:
    """`inclusion_path` of many leaves, in their order; one query for all. Raises ValueError (no such leaf)."""
    paths = [merkle.inclusion(index, size) for index in indexes]
    hashes = subtree_hashes({subtree for path in paths for step in path for subtree in step})
    return [[merkle.fold([hashes[subtree] for subtree in step]) for step in path] for path in paths]


def _disclosed(entry: Entry, names: Collection[str]) -> dict[str, Any]:
    salt = bytes(entry.salt)
    values = {"detail": dict(entry.detail), "purpose": entry.purpose, "subjects": list(entry.subjects)}
    return {
        name: {"value": value, "key": blinding(salt, name).hex()}
        for name, value in values.items()
        if name in names and (value or name == "detail")
    }


def _key(key_id: str) -> dict[str, str]:
    key = crypto.find_public_key(key_id)
    assert key is not None
    return {"key_id": key_id, "algorithm": key.algorithm, "public_key": _text(crypto.as_der(key.raw))}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
