"""Every entry gets one leaf, in an order that no late commit can disturb; receipts prove it."""

from __future__ import annotations

import base64
import copy
import subprocess
import threading

import pytest
from django.db import connection, transaction

from zhengtong.security.audit import services, wire
from zhengtong.security.audit.models import Checkpoint, Leaf
from zhengtong.security.audit.rules import merkle, note
from zhengtong.security.crypto import services as crypto

from .conftest import AT, CLERK, DONE, seal_all, sql, thing, write


def leaves() -> list:
    return [uuid for (uuid,) in sql("SELECT entry_uuid FROM security_audit_leaf ORDER BY index")]


def test_entries_become_leaves_in_order_and_the_node_signs_the_root(log) -> None:
    entries = write(5) + write(2)
    checkpoint = seal_all()
    assert leaves() == [entry.uuid for entry in entries]
    head = note.read(checkpoint.note)
    assert (head.size, head.root) == (7, bytes(checkpoint.root))
    assert note.signed_by(head, [key.raw for key in crypto.public_keys()], crypto.verify_ed25519)
    assert services.seal(at=AT) is None
    hashes = [bytes(value) for value in Leaf.objects.order_by("index").values_list("hash", flat=True)]
    frontier = merkle.Frontier()
    for value in hashes:
        frontier.append(value)
    assert frontier.root() == head.root


def test_batches_are_bounded_and_grow_the_same_tree(log) -> None:
    write(10)
    seal_all(batch=3)
    assert list(Checkpoint.objects.order_by("tree_size").values_list("tree_size", flat=True)) == [3, 6, 9, 10]
    in_batches = Checkpoint.objects.latest("tree_size").root
    sql("TRUNCATE security_audit_leaf, security_audit_node, security_audit_checkpoint")
    assert bytes(seal_all().root) == bytes(in_batches)


def test_a_transaction_that_commits_late_is_not_lost(log) -> None:
    opened, finish = threading.Event(), threading.Event()
    late = []

    def slow() -> None:
        with transaction.atomic():
            late.append(services.record(CLERK, DONE, thing(), at=AT))
            opened.set()
            finish.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    opened.wait(10)
    (early,) = write(1)  # begun later, committed earlier
    assert services.seal(at=AT) is None  # it must wait for the older transaction
    finish.set()
    thread.join()
    seal_all()
    assert leaves() == [late[0].uuid, early.uuid]


def test_two_sealers_at_once_seal_everything_once(log) -> None:
    entries = write(300)

    def run() -> None:
        seal_all(batch=7)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert leaves() == [entry.uuid for entry in entries]


def test_a_damaged_tree_is_not_sealed_over(log) -> None:
    write(4)
    seal_all()
    write(1)
    sql("UPDATE security_audit_node SET hash = %s WHERE position = 3", bytes(32))
    with pytest.raises(services.LogDamaged, match="root"):
        services.seal(at=AT)
    sql("DELETE FROM security_audit_leaf WHERE index = 3")
    with pytest.raises(services.LogDamaged, match="3 leaves are stored, but 4 were signed"):
        services.seal(at=AT)


@pytest.mark.django_db
def test_a_receipt_is_good_at_once(settings) -> None:
    entry = services.record(CLERK, DONE, thing(), at=AT, detail={"number": "51160220260302000017"}, purpose="p")
    receipt = services.receipt(entry)
    verdict = wire.verify(receipt)
    assert verdict.ok
    assert not verdict.sealed
    assert not verdict.trusted
    assert verdict.detail == {"number": "51160220260302000017"}
    assert verdict.statement["object"] == entry.object_urn
    assert verdict.fingerprints == [crypto.fingerprint(crypto.public_keys()[-1].raw)]
    assert services.complete_receipt(receipt) == receipt
    assert "detail" not in services.receipt(entry, disclose=())["disclosed"]


@pytest.mark.django_db
def test_openssl_alone_verifies_a_receipt(tmp_path) -> None:
    """The README's command: no line of ours is involved."""
    receipt = services.receipt(services.record(CLERK, DONE, thing(), at=AT))
    parts = {"leaf": receipt["leaf"], "sig": receipt["signature"]["value"], "key": receipt["keys"][0]["public_key"]}
    for name, text in parts.items():
        subprocess.run(["openssl", "base64", "-d", "-A", "-out", name], input=text.encode(), cwd=tmp_path, check=True)
    command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in leaf -sigfile sig"
    assert b"Successfully" in subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=True).stdout
    (tmp_path / "leaf").write_bytes((tmp_path / "leaf").read_bytes().replace(b"official", b"resident"))
    assert subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False).returncode


def test_a_completed_receipt_carries_the_proof(log) -> None:
    entries = write(11)
    receipts = [services.receipt(entry) for entry in entries]
    seal_all(batch=4)
    keys = [key.raw for key in crypto.public_keys()]
    for index, receipt in enumerate(map(services.complete_receipt, receipts)):
        verdict = wire.verify(receipt, keys)
        assert verdict.ok, verdict.faults
        assert (verdict.sealed, verdict.trusted, verdict.leaf_index, verdict.tree_size) == (True, True, index, 11)


def test_a_receipt_of_rotated_keys_carries_both(log) -> None:
    (entry,) = write(1)
    receipt = services.receipt(entry)
    crypto.rotate(purpose="signing", at=AT)
    seal_all()
    verdict = wire.verify(services.complete_receipt(receipt))
    assert verdict.ok, verdict.faults
    assert len(verdict.fingerprints) == 2


def test_every_forgery_of_a_receipt_is_named(log) -> None:
    entry, other = write(2)
    receipt = services.receipt(entry)
    seal_all()
    whole = services.complete_receipt(receipt)
    assert wire.verify(whole).ok
    stranger = base64.b64encode(crypto.as_der(b"\x05" * 32)).decode()
    forgeries = {
        "statement": lambda r: r["statement"].update(actor="urn:other"),
        "detail": lambda r: r["disclosed"]["detail"].update(value={"n": 9}),
        "signature": lambda r: r.update(leaf=services.receipt(other)["leaf"]),
        "proof": lambda r: r["proof"].update(leaf_index=1),
        "checkpoint": lambda r: r.update(checkpoint=r["checkpoint"].replace("\n2\n", "\n3\n")),
    }
    for fault, forge in forgeries.items():
        forged = copy.deepcopy(whole)
        forge(forged)
        assert fault in wire.verify(forged).faults, fault
    forged = copy.deepcopy(whole)
    forged["keys"][0]["public_key"] = stranger
    assert set(wire.verify(forged).faults) == {"signature", "checkpoint"}
    assert "signature" in wire.verify(whole, [b"\x05" * 32]).faults
    for useless in ({}, [], "x", {"format": wire.FORMAT}, whole | {"leaf": "!"}, whole | {"keys": [{}]}):
        with pytest.raises(wire.Unusable):
            wire.verify(useless)


def test_a_log_that_contradicts_a_receipt_is_refused(log) -> None:
    (entry,) = write(1)
    receipt = services.receipt(entry)
    seal_all()
    sql("UPDATE security_audit_leaf SET hash = %s", bytes(32))
    with pytest.raises(services.Conflict):
        services.complete_receipt(receipt)
