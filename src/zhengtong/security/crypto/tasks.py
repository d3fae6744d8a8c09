"""Background work of the room: after a rotation, everything encrypted is encrypted anew."""

from procrastinate.contrib.django import app

from zhengtong.kernel import clock

from . import services

SECONDS = 45.0  # of each minute at most


@app.periodic(cron="* * * * *")
@app.task(name="security.crypto.renew", queue="maintenance", queueing_lock="security.crypto.renew")
def renew(timestamp: int) -> None:  # noqa: ARG001
    services.renew(at=clock.now(), seconds=SECONDS)
