"""Under the national suite receipts carry SM2; the heads of the log carry Ed25519 and SM2 over a SHA-256 tree."""

from __future__ import annotations

import base64

import pytest

from zhengtong.security.audit import services, wire
from zhengtong.security.audit.rules import note
from zhengtong.security.crypto import services as crypto

from .conftest import AT, seal_all, write


@pytest.fixture
def national(log, settings):
    settings.ZT_CRYPTO_SUITE = "national"
    crypto.ensure_ring(at=AT)
    yield
    crypto.forget_keys()


def test_a_receipt_is_signed_with_sm2_and_verifies_before_and_after_sealing(national) -> None:
    (entry,) = write(1)
    promise = services.receipt(entry)
    assert promise["signature"]["algorithm"] == "SM2"
    assert wire.verify(promise).ok
    head = note.read(seal_all().note)
    assert note.signed_by(head, [key.raw for key in crypto.public_keys()], crypto.verify_ed25519)
    (line,) = [key for key in crypto.public_keys() if key.algorithm == "SM2"]
    by_sm2 = {hint: value for _name, hint, value in head.signatures}[note.key_hash(head.origin, line.raw)]
    assert crypto.verify_raw(line.raw, head.text.encode(), by_sm2)
    assert not crypto.verify_raw(line.raw, head.text.encode() + b"x", by_sm2)
    whole = services.complete_receipt(promise)
    verdict = wire.verify(whole, [key.raw for key in crypto.public_keys()])
    assert (verdict.ok, verdict.sealed, len(verdict.fingerprints)) == (True, True, 2)
    assert services.verify().ok
    forged = promise | {"signature": promise["signature"] | {"value": base64.b64encode(bytes(70)).decode()}}
    assert wire.verify(forged).faults == ["signature"]
