"""Questions about refusals, for the security officer. Who was refused is not known here: keys are digests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Sum

from .models import Allowance


@dataclass(frozen=True, slots=True)
class Refusals:
    """Of one class of routes: how many clients were refused, how often, and when last.

    `times` adds up what is on record of these clients: since the first request of each after it had last rested and
    gone a day without a refusal, which may be long before the moment asked about.
    """

    route_class: str
    clients: int
    times: int
    last_at: datetime


def list_refusals(since: datetime) -> list[Refusals]:
    """Which limits were met since the moment, by clients whose last refusal lies after it.

    At most a day is kept of who is not refused again; a crash of the database forgets all.
    """
    rows = Allowance.objects.filter(refused_at__gte=since).values("route_class").order_by("route_class")
    counted = rows.annotate(clients=Count("key"), times=Sum("refused"), last_at=Max("refused_at"))
    return [Refusals(**row) for row in counted]
