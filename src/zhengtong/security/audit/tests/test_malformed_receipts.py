"""Receipts written by anybody: whatever stands in them, the answer is a verdict or Unusable, never another error."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from zhengtong.security.audit import wire
from zhengtong.security.audit.rules import note
from zhengtong.security.audit.rules.leaf import canonical
from zhengtong.security.crypto import rules as crypto

SECRET = bytes(range(32))


def receipt(fields: dict[str, str], **more: Any) -> dict[str, Any]:
    """A receipt of these fields, rightly signed."""
    data, public = b"\x01" + canonical(fields), crypto.public_of(SECRET)
    signature = crypto.open_signer(SECRET, crypto.ED25519).sign(data)
    return {
        "format": wire.FORMAT,
        "statement": fields,
        "leaf": base64.b64encode(data).decode(),
        "signature": {"value": base64.b64encode(signature).decode()},
        "keys": [{"public_key": base64.b64encode(crypto.as_der(public)).decode()}],
    } | more


@pytest.mark.parametrize("disclosed", [{"detail": "x"}, {"detail": []}, {"detail": {"key": 1}}, {"purpose": {}}])
def test_what_is_disclosed_in_another_shape_is_a_fault(disclosed: Any) -> None:
    assert wire.verify(receipt({"detail": "0" * 64}, disclosed=disclosed)).faults == ["detail"]


@pytest.mark.parametrize("fields", [{"outcome": "done"}, {"detail": ""}, {"detail": "é"}])
def test_a_detail_without_a_digest_to_compare_is_a_fault(fields: dict[str, str]) -> None:
    forged = {"detail": {"key": "no key", "value": {"case": "1"}}}
    verdict = wire.verify(receipt(fields, disclosed=forged))
    assert (verdict.faults, verdict.disclosed) == (["detail"], {})


@pytest.mark.parametrize("disclosed", ["x", 1, ["x"]])
def test_what_discloses_no_map_is_no_receipt(disclosed: Any) -> None:
    with pytest.raises(wire.Unusable):
        wire.verify(receipt({"detail": "0" * 64}, disclosed=disclosed))


def test_half_a_character_in_a_checkpoint_is_a_fault() -> None:
    whole = note.write("a\ud800\n1\n" + base64.b64encode(bytes(32)).decode() + "\n", "a", bytes(32), bytes(64))
    assert wire.verify(receipt({"outcome": "done"}, checkpoint=whole)).faults == ["checkpoint"]
