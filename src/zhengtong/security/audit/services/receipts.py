"""Receipts: at once the node's signature over the leaf, after sealing the proof that it stands in the log."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
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


def receipt(entry: Entry, *, disclose: bool = True) -> dict[str, Any]:
    """The signed leaf as JSON-able data: the node's promise that the entry stands in its log.

    `title` and `statement` repeat the leaf for people. With `disclose` the entry's detail (say, the case number) comes
    along with the key that proves it; leave it out for whoever may not read the detail.
    """
    data = leaf(facts_of_entry(entry))
    signature = crypto.sign(data)
    title = ACTIONS.find(entry.action)
    return {
        "format": FORMAT,
        "node": origin(),
        "title": dict(title) if title else {},
        "statement": read_leaf(data),
        "disclosed": _disclosed(entry) if disclose else {},
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
    data = base64.b64decode(receipt["leaf"])
    row = Leaf.objects.filter(entry_uuid=UUID(read_leaf(data)["uuid"])).first()
    checkpoint = Checkpoint.objects.order_by("-tree_size").first()
    if row is None or checkpoint is None or checkpoint.tree_size <= row.index:
        return receipt
    if bytes(row.hash) != leaf_hash(data):
        message = _("回执与日志第 %(leaf)s 号叶子不一致") % {"leaf": row.index}
        raise Conflict(message, remedy=_("日志可能被改动：请运行 zt audit verify。"))
    proof = {"leaf_index": row.index, "tree_size": checkpoint.tree_size}
    path = [_text(step) for step in inclusion_path(row.index, checkpoint.tree_size)]
    signer = note.signed_by(
        note.read(checkpoint.note), [key.raw for key in crypto.public_keys()], crypto.verify_ed25519
    )
    keys = {key["key_id"]: key for key in receipt["keys"]} | {
        key.key_id: _key(key.key_id) for key in crypto.public_keys() if key.raw == signer
    }
    return receipt | {"proof": proof | {"path": path}, "checkpoint": checkpoint.note, "keys": list(keys.values())}


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


def _disclosed(entry: Entry) -> dict[str, Any]:
    return {"detail": {"value": dict(entry.detail), "key": blinding(bytes(entry.salt), "detail").hex()}}


def _key(key_id: str) -> dict[str, str]:
    key = crypto.find_public_key(key_id)
    assert key is not None
    return {"key_id": key_id, "algorithm": key.algorithm, "public_key": _text(crypto.as_der(key.raw))}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
