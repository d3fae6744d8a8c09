"""The one place that reads the clock. Verbs take `at=`; only views, tasks and commands call `now()`."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def china_date(at: datetime) -> date:
    """The calendar day in China on which the moment falls."""
    return at.astimezone(CHINA).date()
