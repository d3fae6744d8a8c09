"""Synthetic places and parcels of the demonstration: invented names around the node's county seat."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from zhengtong.kernel.actors import Actor

from . import queries

_CENTRE = (106.64, 30.47)
_DIVISION = "511602"
_PLACES = (
    ("演示广场", "yan shi guang chang", "park", 0.0, 0.0),
    ("演示路小学", "yan shi lu xiao xue", "school", 0.012, 0.006),
    ("演示镇卫生院", "yan shi zhen wei sheng yuan", "clinic", -0.018, 0.011),
    ("演示农贸市场", "yan shi nong mao shi chang", "market", 0.007, -0.009),
    ("演示客运站", "yan shi ke yun zhan", "bus-station", -0.01, -0.014),
    ("演示便民服务中心", "yan shi bian min fu wu zhong xin", "service-centre", 0.003, 0.013),
    ("演示滨江公园", "yan shi bin jiang gong yuan", "park", 0.021, -0.004),
)
_PARCELS = (("商业服务", 0.0, 0.0), ("住宅", 0.0022, 0.0), ("住宅", 0.0, 0.0019), ("公园与绿地", 0.0022, 0.0019))
_SIDES = (0.0018, 0.0015)


def seed_map(enter: Callable[..., Any], names: Actor, land: Actor, *, at: datetime) -> None:
    """Enter what is missing: `names` is the authority of places, `land` that of parcels."""
    for actor, register, found in ((names, "places", _places()), (land, "parcels", _parcels())):
        key = queries.get_register(register).keys[0][0]
        for values in found:
            if queries.find_record(register, {key: values[key]}) is None:
                enter(actor=actor, register=register, values=values, at=at, is_synthetic=True)


def _places() -> Iterable[dict[str, Any]]:
    for number, (name, pinyin, kind, east, north) in enumerate(_PLACES, 1):
        yield {
            "place_id": f"DM-{_DIVISION}-{number:04d}", "name": f"{name}（演示）", "name_pinyin": pinyin, "kind": kind,
            "division": _DIVISION, "longitude": f"{_CENTRE[0] + east:.4f}", "latitude": f"{_CENTRE[1] + north:.4f}",
        }  # fmt: skip


def _parcels() -> Iterable[dict[str, Any]]:
    for number, (use, east, north) in enumerate(_PARCELS, 1):
        west, south = _CENTRE[0] + 0.004 + east, _CENTRE[1] + 0.003 + north
        corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
        ring = [[round(west + x * _SIDES[0], 6), round(south + y * _SIDES[1], 6)] for x, y in corners]
        yield {
            "parcel_code": f"{_DIVISION}001001GB{number:05d}W00000000", "division": _DIVISION, "kind": "土地",
            "area_m2": "28800", "use": use, "geometry": json.dumps({"type": "Polygon", "coordinates": [ring]}),
        }  # fmt: skip
