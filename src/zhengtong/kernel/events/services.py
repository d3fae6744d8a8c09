"""Announce up: `publish` writes a row in the current transaction; the relay makes one job for each handler."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from .models import OutboxRow

E = TypeVar("E", bound="Event")


@dataclasses.dataclass(frozen=True)
class Event:
    """A fact. Subclass as a frozen dataclass of plain JSON values; `name` reads `room.noun.happened`."""

    name: ClassVar[str]

    def as_payload(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


Handler = Callable[[Any], None]
_handlers: dict[str, list[tuple[str, Handler]]] = defaultdict(list)
_types: dict[str, type[Event]] = {}


def handles(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler. It must be idempotent and read the present state: no order is promised."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        _types[event.name] = event
        _handlers[event.name].append((f"{function.__module__}.{function.__qualname__}", function))
        return function

    return register


def publish(event: Event) -> None:
    """Write the fact to the outbox. Must be called inside the transaction of the act it tells of."""
    OutboxRow.objects.create(name=event.name, payload=event.as_payload())
