"""Background work of the room."""

from procrastinate.contrib.django import app

from zhengtong.kernel import clock

from . import services


@app.periodic(cron="17 * * * *")
@app.task(name="idempotency.prune")
def prune(timestamp: int) -> None:  # noqa: ARG001
    """Every hour: forget answers older than a day."""
    services.prune(at=clock.now())
