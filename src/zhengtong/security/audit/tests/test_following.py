"""Tiles, proofs of growth and cosignatures against the texts of their specifications, written out here once more."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.security.audit import wire
from zhengtong.security.audit.rules import merkle, note, tiles
from zhengtong.security.crypto import rules as crypto

from .test_rules import plain_root

ORIGIN = "zhengtong/511602-e"


class Signer:
    """A key pair."""

    def __init__(self) -> None:
        secret = crypto.make_signing_key(crypto.ED25519)
        self.public = crypto.public_of(secret)
        self.sign = crypto.open_signer(secret, crypto.ED25519).sign


SIGNER = Signer()
HASHES = [hashlib.sha256(b"\x00" + number.to_bytes(4)).digest() for number in range(70_000)]


# -- consistency ------------------------------------------------------------------------------------------------------
def plain_proof(m: int, hashes: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 6962 section 2.1.2, word for word."""
    return subproof(m, hashes, is_known=True)


def subproof(m: int, hashes: list[bytes], *, is_known: bool) -> list[bytes]:
    n = len(hashes)
    if m == n:
        return [] if is_known else [plain_root(hashes)]
    k = 1 << ((n - 1).bit_length() - 1)
    if m <= k:
        return [*subproof(m, hashes[:k], is_known=is_known), plain_root(hashes[k:])]
    return [*subproof(m - k, hashes[k:], is_known=False), plain_root(hashes[:k])]


def test_every_small_proof_of_growth_is_that_of_the_rfc_and_verifies() -> None:
    roots = [merkle.EMPTY_ROOT, *(plain_root(HASHES[:size]) for size in range(1, 41))]
    for new in range(1, 41):
        for old in range(1, new + 1):
            steps = merkle.consistency(old, new)
            path = [plain_root(HASHES[low:high]) for low, high in map(extent, steps)]
            assert path == plain_proof(old, HASHES[:new])
            assert merkle.is_consistent(old, new, roots[old], roots[new], path)
            for wrong in [path[:-1]] * bool(path) + [[*path, bytes(32)], [bytes(32), *path[1:]]]:
                assert not merkle.is_consistent(old, new, roots[old], roots[new], wrong)
            assert not merkle.is_consistent(old, new, bytes(32), roots[new], path)
            assert not merkle.is_consistent(old, new, roots[old], bytes(32), path)
        assert merkle.consistency(0, new) == []
        assert merkle.is_consistent(0, new, merkle.EMPTY_ROOT, roots[new], [])
        assert not merkle.is_consistent(0, new, roots[1], roots[new], [])
        assert not merkle.is_consistent(new + 1, new, roots[new], roots[new], [])


def extent(step: list[merkle.Subtree]) -> tuple[int, int]:
    (first, start), (last, end) = step[0], step[-1]
    return start << first, (end + 1) << last


def test_a_tree_does_not_begin_with_a_bigger_one() -> None:
    for old, new in ((3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="beginning"):
            merkle.consistency(old, new)


# -- addresses --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "tile"),
    [
        ("0/000", (0, 0, 256)), ("0/x001/x234/067", (0, 1234067, 256)), ("2/x003/000.p/1", (2, 3000, 1)),
        ("63/999.p/255", (63, 999, 255)),
    ],
)  # fmt: skip
def test_an_address_is_written_as_the_specification_does(address, tile) -> None:
    assert tiles.parse(address) == tiles.Tile(*tile)
    assert tiles.Tile(*tile).address == address


@pytest.mark.parametrize(
    "address",
    ["", "0", "0/", "0/0", "0/1234", "0/x001", "0/x000/001", "00/000", "64/000", "-1/000", "0/000.p/0", "0/000.p/256",
     "0/000.p/01", "0/000.p/", "0/000.p/x", "0/000/", "0/x1/000", "0/001/000", "entries/000", "0/000\n", "0/٠٠٠",
     "0/" + "x001/" * 40 + "000", "99999999999/000"],
)  # fmt: skip
def test_anything_else_is_no_address(address) -> None:
    with pytest.raises(tiles.NoTile):
        tiles.parse(address)


def test_the_tree_of_the_specifications_example_has_its_tiles() -> None:
    """70,000: 273 full tiles of leaves and one of 112; one full of level 1 and one of 17; one of level 2, of 1."""
    found = list(tiles.tiles_of(70_000))
    count = {level: [tile.width for tile in found if tile.level == level] for level in (0, 1, 2)}
    assert count == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    assert [tile.address for tile in tiles.tiles_of(256)] == ["0/000", "1/000.p/1"]


@given(st.integers(0, 2**40))
@settings(max_examples=200, deadline=None)
def test_partial_tiles_are_as_wide_as_the_formula_says(size) -> None:
    edge = {tile.level: tile.width for tile in partial(size)}
    for level in range(6):
        assert edge.get(level, 0) == (size // 256**level) % 256


def partial(size: int) -> list[tiles.Tile]:
    """The right edge only: a tree of 2^40 has too many full tiles to list."""
    return [t for level in range(6) for t in tiles.tiles_of((size // 256**level) % 256) if t.level == 0 for t in
            [tiles.Tile(level, t.number, t.width)]]  # fmt: skip


# -- a served log -----------------------------------------------------------------------------------------------------
def checkpoint(hashes: list[bytes], signer=SIGNER) -> str:
    text = note.checkpoint_text(ORIGIN, len(hashes), plain_root(hashes) if hashes else merkle.EMPTY_ROOT)
    return note.write(text, ORIGIN, signer.public, signer.sign(text.encode()))


def served(hashes: list[bytes]) -> dict[str, bytes]:
    """What a log serves, by the formula of the specification: a hash of level l is the MTH of 256^l leaves."""
    files = {"checkpoint": checkpoint(hashes).encode()}
    for level in range(3):
        size = 256**level
        row = [plain_root(hashes[low : low + size]) for low in range(0, len(hashes) - size + 1, size)]
        for number in range(0, len(row), 256):
            part = row[number : number + 256]
            suffix = f".p/{len(part)}" if len(part) < 256 else ""
            files[f"tile/{level}/{number // 256:03}{suffix}"] = b"".join(part)
    return files


@pytest.fixture(scope="module")
def big() -> dict[str, bytes]:
    return served(HASHES)


def followed(files: dict[str, bytes], *older: str) -> wire.Followed:
    def fetch(address: str) -> bytes:
        if address not in files:
            raise wire.Unreachable(address)
        return files[address]

    return wire.follow(fetch, [SIGNER.public], [note.read(text) for text in older])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600])
def test_a_log_is_followed_from_its_tiles_alone(size) -> None:
    found = followed(served(HASHES[:size]), *(checkpoint(HASHES[:old]) for old in (1, size // 2 or 1, size)))
    assert (found.faults, found.size, found.origin, found.tiles) == ([], size, ORIGIN, len(list(tiles.tiles_of(size))))


def test_the_big_one_too(big) -> None:
    assert len(big) == 278
    assert followed(big, checkpoint(HASHES[:65_536]), checkpoint(HASHES[:66_000])).ok


@pytest.mark.parametrize(
    ("address", "kinds"),
    [("tile/0/000", {"tile", "root"}), ("tile/0/001.p/44", {"root"}), ("tile/1/000.p/1", {"tile"})],
)
def test_one_changed_hash_anywhere_is_found(address, kinds) -> None:
    files = served(HASHES[:300])
    files[address] = bytes(1) + files[address][1:]
    assert {kind for kind, _where in followed(files).faults} == kinds


def test_a_short_tile_a_lost_tile_and_a_stranger_are_named(big) -> None:
    assert ("tile", "0/007: 31 bytes, not 8192") in followed(big | {"tile/0/007": bytes(31)}).faults
    with pytest.raises(wire.Unreachable, match="tile/0/007"):
        followed({name: data for name, data in big.items() if name != "tile/0/007"})
    stranger = Signer()
    forged = {"checkpoint": checkpoint(HASHES[:5], stranger).encode()}
    assert followed(forged).faults == [("signature", "checkpoint of 5 entries")]
    assert followed({"checkpoint": b"\xff"}).faults[0][0] == "signature"
    assert followed(served(HASHES[:5]), checkpoint(HASHES[:3], stranger)).faults[0][0] == "older"


def test_a_fork_and_a_rollback_are_named() -> None:
    forked = [bytes(32), *HASHES[1:300]]
    assert [kind for kind, _ in followed(served(forked), checkpoint(HASHES[:200])).faults] == ["forked"]
    assert [kind for kind, _ in followed(served(HASHES[:100]), checkpoint(HASHES[:200])).faults] == ["rolled-back"]


# -- cosignatures -----------------------------------------------------------------------------------------------------
def test_a_verifier_key_is_that_of_the_specification() -> None:
    """The example of C2SP signed-note: key, text and signature by others."""
    key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    name, kind, public = note.read_verifier_key(key)
    assert (name, kind) == ("example.com/foo", note.ED25519)
    assert note.verifier_key(name, public) == key
    value = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    raw = base64.b64decode(value)
    assert note.line(name, public, raw[4:]) == f"— {name} {value}\n"
    assert crypto.verify_ed25519(public, b"This is an example message.\n", raw[4:])
    for wrong in ("", "a+b", key.replace("530d", "530e"), "a+00000000+AAAA", key + "!", "x y"):
        with pytest.raises(ValueError):
            note.read_verifier_key(wrong)


def test_a_cosignature_signs_the_lines_of_the_specification() -> None:
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    text = note.checkpoint_text("example.com/behind-the-sofa", 20852163, root)
    signed = (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    assert note.cosigned_text(text, 1679315147) == signed
    whole = note.write(text, "x", bytes(32), bytes(64))
    whole += note.cosignature("w.example", SIGNER.public, 1679315147, SIGNER.sign(signed))
    read = note.read(whole)
    assert note.cosigned_by(read, "w.example", SIGNER.public, crypto.verify_ed25519) == 1679315147
    assert note.cosigned_by(read, "v.example", SIGNER.public, crypto.verify_ed25519) is None
    later = base64.b64decode(whole.split()[-1])
    moved = whole.replace(
        whole.split()[-1], base64.b64encode(later[:11] + bytes([later[11] ^ 1]) + later[12:]).decode()
    )
    assert note.cosigned_by(note.read(moved), "w.example", SIGNER.public, crypto.verify_ed25519) is None
