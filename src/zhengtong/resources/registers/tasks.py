"""Background work of the room."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import now

from . import services
from .handlers import MATCH

PATIENCE = RetryStrategy(max_attempts=5, exponential_wait=8)  # another search may be running


@app.task(name=MATCH, queue="maintenance", retry=PATIENCE)
def find_duplicates(register: str) -> None:
    """What was written since the last search began, against the whole register."""
    services.find_duplicates(actor=system_actor("registers"), register=register, clock=now, only_new=True)
