"""Which registers there are: the definitions in force, kept by each process and asked for anew every few seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .answers import no_register
from .definition.model import Definition, Field, from_json
from .models import RegisterVersion

KEPT_SECONDS = 10.0  # what another process published shows by then


@dataclass
class _Kept:
    until: float = 0.0
    numbers: tuple[tuple[str, int], ...] = ()
    definitions: dict[str, Definition] | None = None


_kept = _Kept()


def definitions() -> dict[str, Definition]:
    """Every register in force, by key, in the order of the keys. One small query now and then."""
    if _kept.definitions is None or time.monotonic() >= _kept.until:
        numbers = tuple(RegisterVersion.objects.filter(is_in_force=True).order_by("key").values_list("key", "number"))
        if _kept.definitions is None or numbers != _kept.numbers:
            rows = RegisterVersion.objects.filter(is_in_force=True).order_by("key")
            _kept.definitions = {row.key: from_json(row.definition) for row in rows}
            _kept.numbers = numbers
        _kept.until = time.monotonic() + KEPT_SECONDS
    return _kept.definitions


def forget() -> None:
    """A definition was published in this process, or its transaction was undone."""
    _kept.definitions, _kept.until = None, 0.0


def find(key: str) -> Definition | None:
    return definitions().get(key)


def get(key: str) -> Definition:
    """Raises NotFound, naming what there is."""
    found = find(key)
    if found is None:
        raise no_register(key, definitions())
    return found


def find_by_element(element: str) -> tuple[Definition, Field] | None:
    """The register and field that are the source of a data element (一数一源)."""
    pairs = ((d, one) for d in definitions().values() for one in d.fields)
    return next(((d, one) for d, one in pairs if one.element == element and not one.is_retired), None)
