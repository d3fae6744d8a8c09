"""Registries: named plug-ins at the sockets of lower rooms, and the base of every room's Django configuration."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Generic, TypeVar

from django.apps import AppConfig

T = TypeVar("T")


class Registry(Generic[T]):
    """A table of plug-ins by key. A key stands once: a second registration is a programming error."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._items: dict[str, T] = {}

    def register(self, key: str, item: T) -> T:
        if key in self._items:
            raise ValueError(f"{self.noun} {key!r} is registered twice")
        self._items[key] = item
        return item

    def find(self, key: str) -> T | None:
        return self._items.get(key)

    def get(self, key: str) -> T:
        """Raises LookupError naming what is there."""
        try:
            return self._items[key]
        except KeyError:
            raise LookupError(f"no {self.noun} {key!r}; there are: {', '.join(sorted(self._items))}") from None

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def items(self) -> list[tuple[str, T]]:
        return sorted(self._items.items())


class RoomConfig(AppConfig):
    """A room. At start it loads what the room declares: its policies, its handlers, and its plug-ins (`wiring`)."""

    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for part in ("policies", "handlers", "wiring"):
            if find_spec(f"{self.name}.{part}"):
                import_module(f"{self.name}.{part}")
