"""Days as people write them: a year means its last day, a month its last day."""

from __future__ import annotations

import calendar
import re
from datetime import date

_WRITTEN = re.compile(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?")


def parse_day(text: str) -> date | None:
    """1985, 1985-12, 198512, 1985-12-31 or 19851231 as a day; None for anything else."""
    found = _WRITTEN.fullmatch(text.strip()) if text.isascii() else None
    if not found:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        month = month or 12
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:  # also calendar's own error of a month
        return None
