"""Background work of the room. Sealing itself is a loop of the worker: every few seconds, and cheap when idle."""

from procrastinate.contrib.django import app

from zhengtong.kernel import clock

from . import services


@app.periodic(cron="23 3 * * *")
@app.task(name="security.audit.ensure_partitions", queue="maintenance", queueing_lock="security.audit.partitions")
def ensure_partitions(timestamp: int) -> None:  # noqa: ARG001
    services.ensure_partitions(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="security.audit.observe", queue="maintenance", queueing_lock="security.audit.observe")
def observe(timestamp: int) -> None:  # noqa: ARG001
    services.observe_all(at=clock.now())
