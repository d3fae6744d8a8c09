"""A genuine receipt of a seeded node, and what forgers make of one: for the tests of all that checks receipts."""

from __future__ import annotations

import base64
import copy
import json
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from zhengtong.kernel.clock import CHINA
from zhengtong.security.audit import services as audit
from zhengtong.security.audit.models import Entry
from zhengtong.security.audit.rules import merkle, note
from zhengtong.security.audit.rules.leaf import leaf_hash
from zhengtong.security.crypto import rules as crypto
from zhengtong.security.crypto import services as ring

START = datetime(2026, 11, 16, 10, 0, tzinfo=CHINA)  # a Monday
Receipt = dict[str, Any]


def filed() -> Entry:
    """The entry of an application just submitted, in the module's own database."""
    from zhengtong.applications.cases import services as cases
    from zhengtong.config.story.restaurant import Answers, current_version, evidence_for, representative

    enterprise = representative("chen", at=START)
    filed = cases.submit_case(
        actor=enterprise, version_uuid=current_version().uuid, data=Answers.BUSINESS,
        evidence=evidence_for(enterprise, Answers.BUSINESS, at=START), at=START,
    )  # fmt: skip
    return Entry.objects.get(action="cases.case.submitted", object_urn=filed.case.urn)


def sealed(entry: Entry) -> Receipt:
    """Its receipt with the proof. Other test runs share the server: their transactions may delay the sealing."""
    deadline = time.monotonic() + 120
    while "proof" not in (receipt := json.loads(audit.receipt_file(entry))):
        assert time.monotonic() < deadline, "another transaction of this server has been open for minutes"
        audit.seal(at=START)
        time.sleep(0.02)
    return receipt


def fingerprints() -> list[str]:
    """What the node publishes."""
    return [ring.fingerprint(key.raw) for key in ring.public_keys()]


def as_file(receipt: Receipt) -> str:
    """As the node writes it."""
    return json.dumps(receipt, ensure_ascii=False, indent=2)


# -- forgeries --------------------------------------------------------------------------------------------------------
def _plain(text: str) -> bytes:
    return base64.b64decode(text)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _flipped(text: str) -> str:
    data = bytearray(_plain(text))
    data[len(data) // 2] ^= 1
    return _text(bytes(data))


def leaf(receipt: Receipt) -> None:
    """Another outcome, in the leaf and in clear."""
    receipt["leaf"] = _text(_plain(receipt["leaf"]).replace(b'"outcome":"done"', b'"outcome":"void"'))
    receipt["statement"]["outcome"] = "void"


def signature(receipt: Receipt) -> None:
    receipt["signature"]["value"] = _flipped(receipt["signature"]["value"])


def statement(receipt: Receipt) -> None:
    """Another moment in clear, the leaf untouched."""
    receipt["statement"]["at"] = "2026-11-15T02:00:00.000000Z"


def detail(receipt: Receipt) -> None:
    receipt["disclosed"]["detail"]["value"]["case"] = "511602202611160000099"


def detail_key(receipt: Receipt) -> None:
    receipt["disclosed"]["detail"]["key"] = secrets.token_hex(32)


def path(receipt: Receipt) -> None:
    receipt["proof"]["path"][1] = _flipped(receipt["proof"]["path"][1])


def short_path(receipt: Receipt) -> None:
    receipt["proof"]["path"].pop()


def long_path(receipt: Receipt) -> None:
    receipt["proof"]["path"].append(_text(bytes(32)))


def place(receipt: Receipt) -> None:
    receipt["proof"]["leaf_index"] ^= 1


def root(receipt: Receipt) -> None:
    """A root that nobody's path leads to."""
    lines = receipt["checkpoint"].split("\n")
    receipt["checkpoint"] = "\n".join([*lines[:2], _flipped(lines[2]), *lines[3:]])


def other_tree(receipt: Receipt) -> None:
    """A tree of the forger's own, in which the path is right; only the node's signature of its root is missing."""
    lines = receipt["checkpoint"].split("\n")
    path = [_text(secrets.token_bytes(32)) for _ in receipt["proof"]["path"]]
    receipt["proof"]["path"] = path
    root = merkle.root_of_path(
        receipt["proof"]["leaf_index"], int(lines[1]), leaf_hash(_plain(receipt["leaf"])), [_plain(p) for p in path]
    )
    receipt["checkpoint"] = "\n".join([*lines[:2], _text(root), *lines[3:]])


def other_log(receipt: Receipt) -> None:
    """The signature line under another log's name."""
    head, gap, lines = receipt["checkpoint"].rpartition("\n\n")
    receipt["checkpoint"] = head + gap + lines.replace("zhengtong/", "zhongteng/")


def key(receipt: Receipt) -> None:
    """All of it made anew with a key of the forger's own: sound in itself, but not the node's."""
    receipt.update(signed(receipt, note.read(receipt["checkpoint"]).text))


def signed(receipt: Receipt, head: str) -> Receipt:
    """The receipt under a key that is not the node's, with a checkpoint of this text."""
    secret = crypto.make_signing_key(crypto.ED25519)
    signer, public = crypto.open_signer(secret, crypto.ED25519), crypto.public_of(secret)
    value = _text(signer.sign(_plain(receipt["leaf"])))
    return receipt | {
        "signature": {"key_id": "forged", "algorithm": "Ed25519", "value": value},
        "keys": [{"key_id": "forged", "algorithm": "Ed25519", "public_key": _text(crypto.as_der(public))}],
        "checkpoint": note.write(head, head.partition("\n")[0], public, signer.sign(head.encode())),
    }


FORGERIES: dict[Callable[[Receipt], None], str] = {
    leaf: "signature", signature: "signature", statement: "statement", detail: "detail", detail_key: "detail",
    path: "proof", short_path: "proof", long_path: "proof", place: "proof", root: "proof", other_tree: "checkpoint",
    other_log: "checkpoint", key: "fingerprint",
}  # fmt: skip
"""Each forgery with the step that must catch it, which is the first to fail when they are done in order."""


def forged(receipt: Receipt, forgery: Callable[[Receipt], None]) -> Receipt:
    """A copy of the receipt, forged."""
    result = copy.deepcopy(receipt)
    forgery(result)
    assert result != receipt
    return result
