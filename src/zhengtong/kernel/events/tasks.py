"""Background work of the room."""

from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import services

# 3, 9, 27 … seconds; after the seventh pause about an hour has passed
PATIENCE = RetryStrategy(max_attempts=7, exponential_wait=3)


@app.task(name=services.RUN_HANDLER, queue=services.QUEUE, retry=PATIENCE)
def run_handler(handler: str, name: str, payload: dict[str, Any]) -> None:
    services.run_handler(handler=handler, name=name, payload=payload)


@app.periodic(cron="* * * * *")
@app.task(name="kernel.events.rescue_stalled_jobs", queue="maintenance", queueing_lock="kernel.events.rescue")
def rescue_stalled_jobs(timestamp: int) -> None:  # noqa: ARG001
    services.rescue_stalled_jobs()
