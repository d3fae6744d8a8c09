"""Background work of the room."""

from procrastinate.contrib.django import app

from zhengtong.kernel import clock

from . import services


@app.periodic(cron="*/10 * * * *")
@app.task(name="security.watch.look", queue="maintenance", queueing_lock="security.watch.look")
def look(timestamp: int) -> None:  # noqa: ARG001
    """Every ten minutes: what wants a security officer's attention becomes an alarm."""
    services.look(at=clock.now())
