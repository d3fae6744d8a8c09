"""What the gallery shows: every token and every component with example texts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import FieldError

from .icons import ICONS

_TOKENS = Path(__file__).parent / "static" / "design" / "css" / "tokens.css"
_COLOURS = re.findall(
    r"--([a-z]+(?:-[a-z0-9]+)*): (#[0-9a-f]{6});", _TOKENS.read_text(encoding="utf-8").partition("--brand:")[0]
)


def content() -> dict[str, Any]:
    """Data for the template `design/gallery.html`."""
    return {
        "colours": _COLOURS,
        "icons": sorted(ICONS),
        "sizes": ("t-display", "t-h1", "t-h2", "t-h3", "t-large", "t-body", "t-small"),
        "spaces": tuple(f"s{n}" for n in range(1, 10)),
        "steps": (_("情形选择"), _("填写信息"), _("提交材料"), _("确认提交"), _("完成")),
        "errors": [
            FieldError("uscc", _("统一社会信用代码的校验位不正确，请核对 18 位代码。"), _("统一社会信用代码")),
            FieldError("area_m2", _("请填写大于 0 的数字，例如 120.5。"), _("经营面积")),
        ],
        "day": date(2026, 11, 21),
        "moment": datetime(2026, 11, 21, 1, 12, tzinfo=UTC),
        "fen": 123400,
        "name": "张小明",
        "id_number": "511602199001010012",
        "rows": _ROWS,
    }


_ROWS = (
    {
        "number": "51160220261121000017",
        "item": _("开办餐饮店"),
        "applicant": "广安某某餐饮有限公司",
        "tone": "green",
        "left": _("剩余 6 个工作日"),
    },
    {
        "number": "51160220261119000009",
        "item": _("户外招牌设置"),
        "applicant": "张*",
        "tone": "yellow",
        "left": _("剩余 1 个工作日"),
    },
    {
        "number": "51160220261103000021",
        "item": _("排水许可"),
        "applicant": "李*",
        "tone": "red",
        "left": _("已超过 2 个工作日"),
    },
)
