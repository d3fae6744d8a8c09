"""Background work of the room."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from zhengtong.kernel import clock

from . import services
from .services import logouts

# 4, 16, 64 … seconds: six pauses, about an hour and a half in all
PATIENCE = RetryStrategy(max_attempts=logouts.MOST_ATTEMPTS, exponential_wait=4, retry_exceptions=[logouts.NotYetTold])


@app.periodic(cron="41 * * * *")
@app.task(name="sso.prune")
def prune(timestamp: int) -> None:  # noqa: ARG001
    """Every hour: forget tokens and assertions that have run out."""
    services.prune(at=clock.now())


@app.task(name=logouts.TELL, queue=logouts.QUEUE, retry=PATIENCE)
def tell_logout(notice_id: int) -> None:
    """Tell one system that somebody signed out here."""
    services.tell_logout(notice_id=notice_id, at=clock.now())
