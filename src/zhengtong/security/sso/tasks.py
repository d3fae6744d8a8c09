"""Background work of the room."""

from procrastinate.contrib.django import app

from zhengtong.kernel import clock

from . import services


@app.periodic(cron="41 * * * *")
@app.task(name="sso.prune")
def prune(timestamp: int) -> None:  # noqa: ARG001
    """Every hour: forget tokens and assertions that have run out."""
    services.prune(at=clock.now())
