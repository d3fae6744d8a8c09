"""Places: for every town a few that people look for. They depend on the divisions and the seed, not on the number
of people.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth.draws import Whole
from zhengtong.resources.registers.synth.numbers import padded
from zhengtong.resources.registers.synth.spec import NOTE
from zhengtong.resources.registers.synth.world import World

REGISTER = "places"
KINDS = (
    ("service-centre", "便民服务中心", "bian min fu wu zhong xin"), ("school", "中心小学", "zhong xin xiao xue"),
    ("clinic", "卫生院", "wei sheng yuan"), ("park", "文化广场", "wen hua guang chang"),
    ("market", "农贸市场", "nong mao shi chang"), ("bus-station", "客运站", "ke yun zhan"),
)  # fmt: skip


def build(world: World) -> tuple[pl.DataFrame, Whole]:
    """The rows and the number of each place: town's code and kind."""
    from pypinyin import lazy_pinyin  # 55 MB: only here

    towns = [(n, code, name) for n, county in enumerate(world.counties) for code, name in county.towns]
    numbers = np.array([int(code) * 10 + k for _, code, _ in towns for k in range(len(KINDS))])
    county = np.array([n for n, _, _ in towns for _ in KINDS])
    spoken = [" ".join(lazy_pinyin(name)) for _, _, name in towns]
    centre = np.array([[c.longitude, c.latitude] for c in world.counties])[county]
    offset = [world.draws.whole(axis, numbers, 240_000) - 120_000 for axis in ("place east", "place north")]
    rows = pl.DataFrame(
        {
            "place_id": "P" + padded(numbers, 10),
            "name": [name + word for _, _, name in towns for _, word, _ in KINDS],
            "name_pinyin": [f"{pinyin} {word}" for pinyin in spoken for _, _, word in KINDS],
            "kind": [kind for _ in towns for kind, _, _ in KINDS],
            "division": pl.Series([c.code for c in world.counties]).gather(county),
            "longitude": (centre[:, 0] + offset[0]) / 1_000_000,
            "latitude": (centre[:, 1] + offset[1]) / 1_000_000,
            "source_note": NOTE,
        }
    )
    return rows, numbers
