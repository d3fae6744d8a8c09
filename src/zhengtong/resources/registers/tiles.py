"""The provinces as a grid of tiles: a map without a border to draw, which may be shown everywhere."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from zhengtong.kernel.texts import Texts, localised

STEP, SIDE = 70, 66
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
        """Its name in the language of the page, a word a line, as large as there is room for."""
        words = str(localised(self.label)).split(" ")
        size = min(20, int(SIDE * 1.65 / max(map(len, words)))) if words[0].isascii() else 20
        middle = SIDE / 2 + size * 0.36
        first = middle - (len(words) - 1) * size * 0.58
        return [{"text": word, "size": size, "y": round(first + n * size * 1.16)} for n, word in enumerate(words)]


@cache
def tiles() -> tuple[Tile, ...]:
    """All 34."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            Tile(one["code"], {"zh": one["name"], "en": one["name_en"]}, int(one["row"]), int(one["column"]))
            for one in csv.DictReader(stream)
        )
