"""Clocks for tests."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.ids import make_urn
from zhengtong.support.deadlines import services

BASIS = {"zh": "《中华人民共和国行政许可法》第四十二条", "en": "Administrative Licensing Law, article 42"}


def moment(text: str) -> datetime:
    """`2026-02-10` or `2026-02-10 15:00`, in China."""
    return datetime.fromisoformat(text if " " in text else f"{text} 10:00").replace(tzinfo=CHINA)


def subject() -> str:
    return make_urn("cases", "case", uuid4())


def started(at: str, days: int = 20, key: str = "statutory", kind: str = "statutory", **more):
    return services.start_clock(subject(), key, kind, days, basis=BASIS, at=moment(at), **more)
