"""Background work of the room."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import services


@app.task(name=services.DELIVER, queue="mail", retry=RetryStrategy(max_attempts=8, exponential_wait=5))
def deliver_email(message_uuid: str) -> None:
    services.deliver_email(message_uuid=UUID(message_uuid))
