"""The synthetic companies, premises and people of the demonstration, entered as authorities enter them."""

from __future__ import annotations

from datetime import datetime

from .. import demo
from .writing import amend_record, enter_record

DEMO_RESTAURANT = demo.RESTAURANT  # credit code of 广安区好味来餐饮有限公司（演示）


def seed_demo(*, at: datetime) -> demo.Seeded:
    """Enter what is missing of the demonstration. A second call changes nothing."""
    return demo.seed(enter_record, amend_record, at=at)
