"""Background work of the room: the revocation list is published anew within a minute of a revocation."""

from procrastinate.contrib.django import app

from zhengtong.kernel import clock

from . import services


@app.periodic(cron="* * * * *")
@app.task(name="security.signing.refresh_list", queue="maintenance", queueing_lock="security.signing.refresh_list")
def refresh_list(timestamp: int) -> None:  # noqa: ARG001
    services.refresh_list(at=clock.now())
