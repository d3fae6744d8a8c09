"""Background work of the room."""

from procrastinate.contrib.django import app

from zhengtong.kernel import clock

from . import services


@app.periodic(cron="*/10 * * * *")
@app.task(name="limits.sweep", queue="maintenance", queueing_lock="limits.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001
    """Every ten minutes: forget clients that have rested."""
    services.sweep(at=clock.now())
