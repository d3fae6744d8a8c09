"""The worker's half: procrastinate on connections of its own, and loops that repeat a step until told to stop.

The application's `app` keeps Django's connection, so that a job deferred inside a task stands or falls with the task's
transaction; only fetching and finishing jobs goes through the pool made here.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import close_old_connections, connections
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.utils import connector_params

logger = logging.getLogger(__name__)
CONCURRENCY = 4
GRACE = 3  # seconds for running jobs to end at a stop
_PAUSE_AFTER_FAULT = 5.0  # seconds


def make_worker_app() -> DjangoApp:
    """The application's tasks over a small pool of the worker's own. Finished jobs are removed, failed ones kept."""
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=CONCURRENCY + 2)
    options = {"concurrency": CONCURRENCY, "delete_jobs": "successful", "shutdown_graceful_timeout": GRACE}
    worker_app = DjangoApp(connector=connector, worker_defaults=options)  # type: ignore[arg-type]
    worker_app.tasks = app.tasks
    worker_app.periodic_registry = app.periodic_registry
    return worker_app


def repeat(name: str, step: Callable[[], bool], every: float, stop: threading.Event) -> None:
    """Call `step` until `stop` is set: at once again while it answers True (there is more), else after `every` seconds.

    A fault is logged and the step tried again after a pause: the database may be restarting.
    """
    while not stop.is_set():
        pause = every
        try:
            close_old_connections()
            if step():
                continue
        except Exception:
            logger.exception("%s failed; it is tried again in %s seconds", name, _PAUSE_AFTER_FAULT)
            pause = max(every, _PAUSE_AFTER_FAULT)
            connections.close_all()
        stop.wait(pause)
    connections.close_all()
