"""Separation of duties, declared: two acts that one hand may not both do on a thing; roles nobody may hold together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zhengtong.kernel.texts import Texts

from .predicates import Predicate


@dataclass(frozen=True, slots=True)
class Separation:
    """Whoever did `first` on a thing may not do any of `second` on it.

    `first`: the earlier act, or empty where the hand is not known by an act (the holder of an account, say). `field`:
    where the thing of `second` names that hand's URN; relations are followed with `__`, also to many. `rule`: in place
    of the rule made of `field`, where no column holds the URN. `basis`: the law or standard that asks for it.
    """

    key: str
    label: Texts
    first: str
    second: tuple[str, ...]
    field: str
    basis: Texts
    rule: Predicate | None = None

    def hands(self, obj: Any) -> list[str]:
        """The URNs of those whom the pair excludes from this thing."""
        return [urn for urn in read_all(obj, self.field) if urn]


@dataclass(frozen=True, slots=True)
class Incompatible:
    """Roles of which one person holds at most one, in however many posts. `basis`: the law or standard."""

    key: str
    label: Texts
    roles: frozenset[str]
    basis: Texts


class Separations:
    """What the rooms have declared. A pair is declared before the policies that keep it."""

    def __init__(self) -> None:
        self._items: dict[str, Separation | Incompatible] = {}
        self._unpaired: dict[str, Texts] = {}

    def register(self, item: Separation | Incompatible) -> None:
        if item.key in self._items:
            raise ValueError(f"separation {item.key!r} is registered twice")
        self._items[item.key] = item

    def excuse(self, action: str, why: Texts) -> None:
        """Say why an act that approves, decides or publishes belongs to no pair."""
        self._unpaired[action] = why

    def of(self, action: str) -> list[Separation]:
        """The pairs whose later act this is."""
        return [item for item in self.acts() if action in item.second]

    def acts(self) -> list[Separation]:
        return [item for item in self if isinstance(item, Separation)]

    def roles(self) -> list[Incompatible]:
        return [item for item in self if isinstance(item, Incompatible)]

    def excuses(self) -> Mapping[str, Texts]:
        return dict(self._unpaired)

    def find(self, key: str) -> Separation | Incompatible | None:
        return self._items.get(key)

    def broken_by(self, roles: Iterable[str]) -> Incompatible | None:
        """The declaration that forbids one person to hold all these roles; None where none does."""
        held = set(roles)
        return next((item for item in self.roles() if len(item.roles & held) > 1), None)

    def __iter__(self) -> Iterator[Separation | Incompatible]:
        return iter([item for _key, item in sorted(self._items.items())])


def read_all(obj: Any, path: str) -> list[Any]:
    """Every value at `a__b` of an object or a mapping, following relations to many; none where the way breaks off."""
    values = [obj]
    for name in path.split("__"):
        found = (value[name] if isinstance(value, Mapping) else getattr(value, name) for value in values)
        values = [one for value in found if value is not None for one in _each(value)]
    return values


def _each(value: Any) -> Iterable[Any]:
    return value.all() if hasattr(value, "all") else (value,)


SEPARATIONS = Separations()
