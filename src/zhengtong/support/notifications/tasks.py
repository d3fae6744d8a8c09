"""Background work of the room."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import services

# 4, 16, 64 … seconds: seven pauses, about six hours in all
PATIENCE = RetryStrategy(
    max_attempts=services.MOST_ATTEMPTS, exponential_wait=4, retry_exceptions=[services.NotYetDelivered]
)


@app.task(name=services.DELIVER, queue=services.QUEUE, retry=PATIENCE)
def deliver_email(message_uuid: str) -> None:
    services.deliver_email(message_uuid=UUID(message_uuid))
