"""Announce up: `publish` writes a row in the current transaction; the relay makes one job for each handler."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from inspect import iscoroutinefunction
from typing import Any, ClassVar, TypeVar

from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from zhengtong.kernel.errors import NotFound

from . import rules

E = TypeVar("E", bound="Event")
Handler = Callable[[Any], None]
QUEUE = "events"
RUN_HANDLER = "kernel.events.run_handler"  # the task in tasks.py
_WRITE = "INSERT INTO kernel_events_outbox (name, payload, published_at) VALUES (%s, %s::jsonb, now())"
_TAKE = """
DELETE FROM kernel_events_outbox WHERE id IN (
    SELECT id FROM kernel_events_outbox ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING name, payload
"""
_TAKE_JOBS = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
    FOR UPDATE SKIP LOCKED
) RETURNING id, task_name, args
"""
STALLED_AFTER = 60  # seconds without a sign of life from the worker that held the job
_handlers: dict[str, list[tuple[str, Handler]]] = defaultdict(list)
_types: dict[str, type[Event]] = {}


@dataclasses.dataclass(frozen=True)
class Event:
    """A fact. Subclass as a frozen dataclass with a `name` that reads `room.noun.happened`.

    Fields are texts, whole numbers, booleans, UUIDs, moments, days, or tuples of them, never personal data: an event
    names things, a handler looks them up. Once released, fields are only added, with a default.
    """

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        if not isinstance(name := cls.__dict__.get("name"), str):
            raise TypeError(f'{cls.__name__} needs its name: name: ClassVar[str] = "room.noun.happened"')
        if name in _types and _types[name].__qualname__ != cls.__qualname__:
            raise TypeError(f"two events are called {name!r}")
        _types[name] = cls

    def as_payload(self) -> dict[str, Any]:
        return rules.payload_of(self)


def handles(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler. It must be idempotent and read the present state: no order is promised.

    It runs in a transaction of its own. One that fails is tried again with growing pauses, about an hour in all, and
    then stands among the failed jobs (`zt jobs`).
    """

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        _handlers[event.name].append((f"{function.__module__}.{function.__qualname__}", function))
        return function

    return register


def publish(event: Event) -> None:
    """Write the fact to the outbox. Must be called inside the transaction of the act it tells of."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{event.name}: call events.publish inside transaction.atomic()")
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [event.name, json.dumps(event.as_payload())])


@transaction.atomic
def relay(*, limit: int = 500) -> int:
    """Turn waiting facts into jobs, one for each handler, and remove them. Returns how many facts were taken.

    Several relays may run: each takes rows no other holds. A row that commits late is simply taken later, for rows are
    taken because they are there and not by their number; so, unlike sealing, this needs no watermark.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [limit])
        facts = cursor.fetchall()
    jobs = [
        {"handler": handler, "name": name, "payload": json.loads(payload)}
        for name, payload in facts
        for handler, _function in _handlers[name]
    ]
    if jobs:
        app.configure_task(RUN_HANDLER, queue=QUEUE).batch_defer(*jobs)
    return len(facts)


@transaction.atomic
def run_handler(*, handler: str, name: str, payload: dict[str, Any]) -> None:
    """Run one handler on one fact. Raises LookupError when the handler is gone: the job then fails in sight."""
    function = dict(_handlers[name]).get(handler)
    if function is None:
        raise LookupError(f"{handler} no longer handles {name}")
    function(rules.event_of(_types[name], payload))


def deliver_now(*, limit: int = 10_000) -> int:
    """Relay every fact and run every waiting job here and now, until none is left. Returns how many jobs were run.

    For tests and one-process runs; sees the rows of the present transaction. The first failure is raised.
    """
    count = 0
    while True:
        relay(limit=limit)
        jobs = _take_jobs()
        if not jobs:
            return count
        for task, arguments in jobs:
            run = app.tasks[task].func
            (async_to_sync(run) if iscoroutinefunction(run) else run)(**arguments)
        count += len(jobs)


def _take_jobs() -> list[tuple[str, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_JOBS)
        return [(task, json.loads(arguments)) for _id, task, arguments in sorted(cursor.fetchall())]


def rescue_stalled_jobs() -> int:
    """Put the jobs of workers that died back into their queues. Returns how many."""

    async def rescue() -> int:
        stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER))
        for job in stalled:
            await app.job_manager.retry_job(job)
        return len(stalled)

    return async_to_sync(rescue)()


def retry_failed_job(*, job_id: int, at: datetime) -> None:
    """Run a failed job again. Raises NotFound when there is no failed job of that number."""
    if not ProcrastinateJob.objects.filter(pk=job_id, status="failed").exists():
        raise NotFound(_("没有编号为 %(job)s 的失败任务") % {"job": job_id})
    app.job_manager.retry_job_by_id(job_id, retry_at=at)


def kinds() -> list[tuple[str, type[Event]]]:
    """Every event that is loaded, by name; those that tests make up are left out."""
    return sorted((name, kind) for name, kind in _types.items() if ".tests" not in kind.__module__)


def schemas() -> dict[str, dict[str, str]]:
    """Every event with its fields: what docs/reference/events.json freezes."""
    return {name: rules.schema_of(kind) for name, kind in kinds()}
