"""What we do when a fact was announced: after a bulk load, what is new is searched for duplicates."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from zhengtong.kernel.events.services import handles

from . import catalogue
from .events import LoadFinished

MATCH = "zhengtong.resources.registers.find_duplicates"


@handles(LoadFinished)
def search_what_was_loaded(event: LoadFinished) -> None:
    """One search waits at most; it takes what was written since the last one began."""
    definition = catalogue.find(event.register)
    if definition is None or definition.matching is None or not event.new + event.changed:
        return
    task = app.configure_task(MATCH, queue="maintenance", queueing_lock=f"{MATCH}.{event.register}")
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(register=event.register)
