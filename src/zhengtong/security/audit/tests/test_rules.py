"""Formats that must never change, checked against frozen vectors and against implementations not ours."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from pathlib import Path
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.security.audit.rules import merkle, note
from zhengtong.security.audit.rules.leaf import Facts, blinded, blinding, canonical, leaf, leaf_hash, moment, read_leaf
from zhengtong.security.crypto import rules as crypto

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())


def facts(values: dict) -> Facts:
    moments = {name: datetime.fromisoformat(values[name]) for name in ("at", "recorded_at")}
    return Facts(**(values | moments | {"uuid": UUID(values["uuid"]), "salt": bytes.fromhex(values["salt"])}))


@pytest.mark.parametrize("vector", VECTORS["leaves"], ids=lambda vector: vector["name"])
def test_a_leaf_is_written_as_it_always_was(vector) -> None:
    data = leaf(facts(vector["facts"]))
    assert data.hex() == vector["leaf"]
    assert leaf_hash(data).hex() == vector["hash"]
    assert data == b"\x01" + rfc8785.dumps(json.loads(data[1:]))
    assert read_leaf(data) == json.loads(data[1:])


def test_a_leaf_holds_no_personal_data() -> None:
    values = dict(VECTORS["leaves"][1]["facts"])
    data = leaf(facts(values)).decode()
    for secret in ("511602199001010012", "张三", *values["subjects"]):
        assert secret in json.dumps(values, ensure_ascii=False)
        assert secret not in data


def test_a_moment_is_told_in_one_way() -> None:
    china = datetime(2026, 3, 2, 9, 2, 3, tzinfo=timezone(timedelta(hours=8)))
    assert moment(china) == moment(china.astimezone(UTC)) == "2026-03-02T01:02:03.000000Z"


def test_what_is_disclosed_of_one_field_tells_nothing_of_another() -> None:
    assert blinding(b"salt", "detail") != blinding(b"salt", "purpose")
    assert blinded(blinding(b"salt", "detail"), "x") != blinded(blinding(b"tlas", "detail"), "x")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)


@given(values)
@settings(max_examples=300, deadline=None)
def test_canonical_json_is_that_of_rfc_8785(value) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_choices_are_told_as_the_texts_and_numbers_they_are() -> None:
    class Kind(StrEnum):
        FOOD = "食品"

    class Priority(IntEnum):
        HIGH = 2

    assert canonical({Kind.FOOD: [Kind.FOOD, Priority.HIGH, True]}) == '{"食品":["食品",2,true]}'.encode()


@given(texts, texts)
@settings(max_examples=200, deadline=None)
def test_a_leaf_is_canonical_whatever_its_texts(urn, action) -> None:
    values = VECTORS["leaves"][0]["facts"] | {"object_urn": urn, "action": action}
    data = leaf(facts(values))
    assert data[1:] == rfc8785.dumps(json.loads(data[1:]))
    assert read_leaf(data).get("object", "") == urn


@pytest.mark.parametrize(
    "data",
    [b"", b"\x02{}", b"\x01[]", b'\x01{"a":1}', b'\x01{ "a":"b"}', b'\x01{"b":"","a":""}', b"\x01{", b"\x01\xff"],
)
def test_what_is_not_a_leaf_is_refused(data) -> None:
    with pytest.raises(ValueError):
        read_leaf(data)


def test_roots_are_those_of_certificate_transparency() -> None:
    """The eight leaves and roots with which every implementation of RFC 6962 is tested."""
    frontier = merkle.Frontier()
    assert frontier.root() == merkle.EMPTY_ROOT == hashlib.sha256().digest()
    for data, root in zip(VECTORS["rfc6962"]["leaves"], VECTORS["rfc6962"]["roots"], strict=True):
        frontier.append(leaf_hash(bytes.fromhex(data)))
        assert frontier.root().hex() == root


def plain_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << ((len(hashes) - 1).bit_length() - 1)
    return merkle.node_hash(plain_root(hashes[:k]), plain_root(hashes[k:]))


def plain_path(index: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1, word for word."""
    if len(hashes) == 1:
        return []
    k = 1 << ((len(hashes) - 1).bit_length() - 1)
    if index < k:
        return [*plain_path(index, hashes[:k]), plain_root(hashes[k:])]
    return [*plain_path(index - k, hashes[k:]), plain_root(hashes[:k])]


def test_paths_and_roots_of_every_small_tree() -> None:
    hashes = [leaf_hash(bytes([number])) for number in range(70)]
    stored = {}
    frontier = merkle.Frontier()
    for index, value in enumerate(hashes):
        stored[2 * index] = value
        stored.update(frontier.append(value))
    for size in range(1, 70):
        edge = [stored[merkle.position(subtree)] for subtree in merkle.spans(0, size)]
        root = plain_root(hashes[:size])
        assert merkle.fold(edge) == merkle.Frontier(size, edge).root() == root
        for index in range(size):
            steps = merkle.inclusion(index, size)
            path = [merkle.fold([stored[merkle.position(subtree)] for subtree in step]) for step in steps]
            assert path == plain_path(index, hashes[:size])
            assert merkle.root_of_path(index, size, hashes[index], path) == root
            assert merkle.root_of_path(index, size, hashes[69], path) != root
            for wrong in [path[:-1]] * bool(path) + [[*path, bytes(32)]]:
                with pytest.raises(ValueError, match=r"too (long|short)"):
                    merkle.root_of_path(index, size, hashes[index], wrong)


def test_a_leaf_that_is_not_there_has_no_path() -> None:
    for index, size in ((3, 3), (-1, 3), (0, 0)):
        with pytest.raises(ValueError):
            merkle.inclusion(index, size)
        with pytest.raises(ValueError):
            merkle.root_of_path(index, size, bytes(32), [])
    with pytest.raises(ValueError, match="edge"):
        merkle.Frontier(3, [bytes(32)])


def test_a_checkpoint_is_written_as_it_always_was() -> None:
    vector = VECTORS["checkpoint"]
    public, signature = bytes.fromhex(vector["public_key"]), bytes.fromhex(vector["signature"])
    text = note.checkpoint_text(note.origin_of("511602", "e"), vector["size"], bytes.fromhex(vector["root"]))
    whole = note.write(text, "zhengtong/511602-e", public, signature)
    assert whole == vector["note"]
    read = note.read(whole)
    assert (read.origin, read.size, read.root.hex()) == ("zhengtong/511602-e", vector["size"], vector["root"])
    assert note.signed_by(read, [bytes(32), public], crypto.verify_ed25519) == public
    assert note.signed_by(read, [bytes(32)], crypto.verify_ed25519) is None


def test_a_note_may_carry_signatures_of_others() -> None:
    vector = VECTORS["checkpoint"]
    public = bytes.fromhex(vector["public_key"])
    witness = note.write("", "witness.example", bytes(32), bytes(64)).lstrip("\n")
    assert note.signed_by(note.read(vector["note"] + witness), [public], crypto.verify_ed25519) == public


@pytest.mark.parametrize(
    "text",
    ["", "a\n1\nAAAA\n", "a\nb\nAAAA\n\n", "a\n01\n" + "A" * 43 + "=\n\n", "a\n1\nAAAA\n\n", "a\n1\n!\n\n— x y\n",
     "a\n1\n" + "A" * 43 + "=\n\nx\n", "a\n1\n" + "A" * 43 + "=\n\n— x\n"],
)  # fmt: skip
def test_what_is_not_a_checkpoint_is_refused(text) -> None:
    with pytest.raises(ValueError):
        note.read(text)
