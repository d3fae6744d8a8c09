"""What a client of OGC API - Features asks for: box, time, limit, where to go on. Each fault names its parameter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.errors import FieldError, Invalid

DEFAULT_LIMIT, MOST = 100, 1000
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
KNOWN = ("bbox", "datetime", "limit", "after", "purpose", "matter", "f")
Box = tuple[float, float, float, float]


class BadQuery(Invalid):
    """OGC 17-069r4, /req/core/query-param-invalid and -unknown: 400."""

    status = 400
    code = "bad-query"


@dataclass(frozen=True, slots=True)
class Asked:
    """`box`: west, south, east, north; west greater than east crosses 180°. `until`: valid from that day or before."""

    box: Box | None = None
    until: date | None = None
    limit: int = DEFAULT_LIMIT
    after: UUID | None = None

    @property
    def boxes(self) -> list[Box]:
        """One, or the two halves of a box that crosses 180°."""
        if self.box is None:
            return []
        west, south, east, north = self.box
        return [self.box] if west <= east else [(west, south, 180.0, north), (-180.0, south, east, north)]


def read(given: Mapping[str, str]) -> Asked:
    """Raises BadQuery."""
    refuse_unknown(given, KNOWN)
    return Asked(
        box=_box(given["bbox"]) if given.get("bbox") else None,
        until=_until(given["datetime"]) if given.get("datetime") else None,
        limit=_limit(given["limit"]) if given.get("limit") else DEFAULT_LIMIT,
        after=_after(given.get("after", "")),
    )


def refuse_unknown(given: Iterable[str], known: Iterable[str]) -> None:
    """A misspelt filter that was passed over would give the wrong answer."""
    if unknown := [name for name in given if name not in set(known)]:
        raise _bad(unknown[0][:60], _("不认识的参数；可用的参数：%s。") % "、".join(known))


def _bad(name: str, told: str) -> BadQuery:
    return BadQuery(f"{name}: {told}", fields=[FieldError(name, told, name)])


def _box(text: str) -> Box:
    told = _("应为四个（或六个）数字：西,南,东,北，经度在前，单位为度。")
    try:
        numbers = [float(part) for part in text.split(",", 6)]
    except ValueError:
        raise _bad("bbox", told) from None
    if len(numbers) == 6:  # with heights, which no record has
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise _bad("bbox", told)
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise _bad("bbox", told)
    return west, south, east, north


def _until(text: str) -> date | None:
    """The last day of the time asked about; None where it has no end. A record holds from its day on."""
    parts = text.split("/")
    if len(parts) > 2:
        raise _bad("datetime", _("应为一个时刻，或“起/止”，用 .. 表示不限。"))
    days = [None if part in ("", "..") else _day(part) for part in parts]
    if len(days) == 2 and days[0] and days[1] and days[0] > days[1]:
        raise _bad("datetime", _("起始时刻晚于终止时刻。"))
    if days == [None]:
        raise _bad("datetime", _("应为一个时刻，或“起/止”，用 .. 表示不限。"))
    return days[-1]


def _day(text: str) -> date:
    try:
        moment = datetime.fromisoformat(text)
        if len(text) == len("2026-01-01"):
            return moment.date()
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment.astimezone(CHINA).date()
    except (ValueError, OverflowError):
        raise _bad("datetime", _("时刻按 RFC 3339 书写，例如 2026-01-31T08:00:00+08:00。")) from None


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:10]) > 0):
        raise _bad("limit", _("应为 1 至 %s 的整数。") % MOST)
    return min(int(text[:10]), MOST)


def _after(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise _bad("after", _("请使用答复中的 next 链接，不要自行拼写。")) from None
