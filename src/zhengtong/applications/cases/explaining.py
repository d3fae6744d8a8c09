"""How a time limit of a case was counted, for those who wait and those who work."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.errors import NotFound
from zhengtong.support.deadlines import queries as deadlines

from .models import Case


def explain_clock(case: Case, clock_uuid: UUID, *, at: datetime) -> Any:
    """Every day counted or not, with the clause. Raises NotFound for a clock that is not the case's."""
    explanation = deadlines.explain(clock_uuid, at=at)
    if explanation.clock.subject_urn != case.urn:
        raise NotFound(_("该办件没有这个时限。"))
    return explanation
