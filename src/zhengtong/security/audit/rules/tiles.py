"""Tiles of the tree (C2SP tlog-tiles): 256 hashes of one level in one immutable file, and the names of the files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .merkle import Subtree, position

WIDTH = 256  # hashes of a full tile
HEIGHT = 8  # levels of the tree that one tile spans
HASH = 32  # bytes
_ADDRESS = re.compile(
    r"(?P<level>0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class NoTile(ValueError):
    """Not the address of a tile."""


@dataclass(frozen=True, slots=True)
class Tile:
    """`width` hashes from hash `number` × 256 on, of level `level` × 8 of the tree (0: leaves)."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def start(self) -> int:
        """The index of its first hash among those of its level."""
        return self.number * WIDTH

    @property
    def leaves(self) -> int:
        """How many leaves a tree must have for every hash of the tile to be final."""
        return (self.start + self.width) << (HEIGHT * self.level)

    @property
    def address(self) -> str:
        """`0/x001/x234/067` or `0/x001/x234/067.p/8`."""
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        return f"{self.level}/{'/'.join(groups)}" + (f".p/{self.width}" if self.width < WIDTH else "")

    def subtrees(self) -> list[Subtree]:
        return [(HEIGHT * self.level, index) for index in range(self.start, self.start + self.width)]

    def positions(self) -> list[int]:
        return [position(subtree) for subtree in self.subtrees()]


def parse(address: str) -> Tile:
    """The tile of an address. Raises NoTile on everything that is not the one way to write one."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise NoTile(address)
    number = int(found["number"].replace("x", "").replace("/", ""))
    tile = Tile(int(found["level"]), number, int(found["width"] or WIDTH))
    if tile.level > 63 or tile.address != address:  # leading groups of zeros, a partial tile of full width or wider
        raise NoTile(address)
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a tree, the partial ones at the right edge too; level by level, from the left."""
    level, hashes = 0, size
    while hashes:
        for number in range(hashes // WIDTH):
            yield Tile(level, number)
        if hashes % WIDTH:
            yield Tile(level, hashes // WIDTH, hashes % WIDTH)
        level, hashes = level + 1, hashes // WIDTH
