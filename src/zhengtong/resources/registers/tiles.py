"""The provinces as a grid of tiles: a map without a border to draw, which may be shown everywhere."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from zhengtong.kernel.texts import Texts, localised

STEP, SIDE, LONG = 70, 66, 7  # of the drawing; letters of a word that has room for the larger type
FILE = Path(__file__).parent / "data" / "province_tile_grid.csv"


@dataclass(frozen=True, slots=True)
class Tile:
    """A division of the first level (省级行政区) and where its tile stands. `code`: six digits of GB/T 2260."""

    code: str
    label: Texts
    row: int
    column: int

    @property
    def x(self) -> int:
        return self.column * STEP

    @property
    def y(self) -> int:
        return self.row * STEP

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its name in the language of the page, a word a line."""
        words = [part for word in str(localised(self.label)).split(" ") for part in _hyphenated(word)]
        size = 20 if not words[0].isascii() else 13 if max(map(len, words)) <= LONG else 11
        middle = SIDE / 2 + size * 0.36
        first = middle - (len(words) - 1) * size * 0.58
        return [{"text": word, "size": size, "y": round(first + n * size * 1.16)} for n, word in enumerate(words)]


def _hyphenated(word: str) -> list[str]:
    return [word] if len(word) < 2 * LONG - 4 else [f"{word[:LONG]}-", word[LONG:]]


@cache
def tiles() -> tuple[Tile, ...]:
    """All 34."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            Tile(one["code"], {"zh": one["name"], "en": one["name_en"]}, int(one["row"]), int(one["column"]))
            for one in csv.DictReader(stream)
        )
