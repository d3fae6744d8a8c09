"""What the pages with a map show: one layer, its first records, the words of the script. For views of any audience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor

from ..basemap import base_map
from ..definition.model import Definition, Type
from ..features.asking import Asked
from ..features.collections import Collection
from ..features.describing import caution
from ..purposes import Purpose
from .mapping import list_features

LIMIT = 200
_TITLED = frozenset((Type.TEXT, Type.DIVISION, Type.CODE, Type.DECIMAL))


def map_page(*, actor: Actor, collection: Collection, purpose: Purpose | None, at: datetime) -> dict[str, Any]:
    """For `registers/_map.html`. What is read for a purpose is on record. Raises Denied, NotFound."""
    found = list_features(actor=actor, key=collection.key, asked=Asked(limit=LIMIT), purpose=purpose, at=at)
    layer = _layer(collection, purpose)
    names = [part.split(",") for part in (layer["title"], layer["detail"])]
    return {
        "layer": layer, "limit": LIMIT, "base_map": base_map(), "caution": caution(), "words": words(),
        "collection": {"type": "FeatureCollection", "features": list(found.features)}, "is_more": bool(found.after),
        "features": [_row(one, *names) for one in found.features],
    }  # fmt: skip


def _layer(collection: Collection, purpose: Purpose | None) -> dict[str, str]:
    definition = collection.definition
    asked = f"?{urlencode({'purpose': purpose.key, 'matter': purpose.matter})}" if purpose else ""
    title = list(definition.title or definition.keys[0])
    return {
        "key": definition.key, "items_url": f"/api/v1/features/collections/{definition.key}/items{asked}",
        "title": ",".join(title), "detail": ",".join(_detail(definition, collection, title)),
    }  # fmt: skip


def _detail(definition: Definition, collection: Collection, title: Sequence[str]) -> list[str]:
    beside = {*title, *collection.shape.fields}
    return [one.name for one in definition.fields if one.type in _TITLED and one.name not in beside][:3]


def _row(one: Mapping[str, Any], title: Sequence[str], detail: Sequence[str]) -> dict[str, Any]:
    said = one["properties"]
    texts = [" ".join(str(said[name]) for name in title if said.get(name)) or one["id"],
             " · ".join(str(said[name]) for name in detail if said.get(name))]  # fmt: skip
    return {"key": one["id"], "title": texts[0], "detail": texts[1], "is_synthetic": said["_is_synthetic"]}


def words() -> dict[str, Any]:
    """What the script says."""
    return {
        "noWebGL": _("这个浏览器不能绘制地图，请使用列表。"), "failed": _("没有取到数据，请稍后移动地图再试。"),
        "count": _("共列出 %s 条。"), "none": _("此范围内没有记录。"), "more": _("范围内还有更多，请放大地图。"),
        "synthetic": _("演示数据"),
        "controls": {
            "NavigationControl.ZoomIn": _("放大"), "NavigationControl.ZoomOut": _("缩小"),
            "ScaleControl.Meters": "m", "ScaleControl.Kilometers": "km", "Map.Title": _("地图"),
            "CooperativeGesturesHandler.MobileHelpText": _("请用两个手指移动地图"),
        },
    }  # fmt: skip
