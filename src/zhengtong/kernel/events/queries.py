"""Questions about background work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procrastinate.contrib.django.models import ProcrastinateJob

from .models import OutboxRow


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that was given up after all its attempts."""

    id: int
    task: str
    arguments: dict[str, Any]
    attempts: int
    scheduled_at: datetime | None


def list_failed_jobs(limit: int = 50) -> list[FailedJob]:
    """What somebody has to look at, the newest first. The reason stands in the worker's log under the job's number."""
    jobs = ProcrastinateJob.objects.filter(status="failed").order_by("-id")[:limit]
    return [FailedJob(job.id, job.task_name, job.args, job.attempts, job.scheduled_at) for job in jobs]


def has_undelivered() -> bool:
    """Are there facts the relay has not taken yet?"""
    return OutboxRow.objects.exists()
