"""How much of a record somebody sees: whole, masked or absent, field by field. Pure functions on plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zhengtong.kernel.texts import Texts
from zhengtong.security.permissions.wire import Secrecy

from .definition.model import Definition, Field, Sharing, Type
from .values import masked


class Sight(StrEnum):
    """整体可见、遮盖、不提供."""

    WHOLE = "whole"
    MASKED = "masked"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a reader brings: keys of the authorities it reads for, and the fields that grants open for the purpose."""

    authorities: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()


NOBODYS = Reach()
MOST_PLANS = 1_000  # kept of one definition
Granted = tuple[str, Sequence[str]]  # an authority, and the fields it opened


@dataclass(frozen=True, slots=True)
class Seen:
    """One field as the reader sees it, with its source. `value` is None where it is absent, or empty."""

    field: Field
    sight: Sight
    value: Any
    source: Texts
    is_disputed: bool

    @property
    def name(self) -> str:
        return self.field.name


def reach_from(definition: Definition, organisation_keys: Iterable[str], grants: Iterable[Granted]) -> Reach:
    """What organisations see: their own fields, and those that the authority of each field granted to them."""
    granted = (name for authority, names in grants for name in names if _owns(definition, authority, name))
    return Reach(frozenset(organisation_keys), frozenset(granted))


def _owns(definition: Definition, authority: str, name: str) -> bool:
    one = definition.find(name)
    return one is not None and one.authority == authority


def sight_of(one: Field, reach: Reach) -> Sight:
    """The rule, first that holds: the own authority sees all; what is withheld nobody else; what a grant names and
    what is open and shared without condition is whole; else the mask, where there is one."""
    if one.authority in reach.authorities:
        return Sight.WHOLE
    if one.sharing is Sharing.WITHHELD:
        return Sight.ABSENT
    if one.name in reach.granted or is_free(one):
        return Sight.WHOLE
    return Sight.MASKED if one.mask else Sight.ABSENT


def is_free(one: Field) -> bool:
    """Whether anybody who may read the register sees the value whole."""
    return one.secrecy is Secrecy.OPEN and one.sharing is Sharing.UNCONDITIONAL


def seen(
    definition: Definition, values: Mapping[str, Any], reach: Reach, disputed: tuple[str, ...],
    opened: Callable[[Any], Any] = lambda value: value,
) -> list[Seen]:  # fmt: skip
    """The fields of values as the reader sees them, in the order of the definition. `opened`: the clear value of an
    encrypted one, asked only of what is shown."""
    return list(_each(definition, values, reach, disputed, opened))


def _each(
    definition: Definition, values: Mapping[str, Any], reach: Reach, disputed: tuple[str, ...],
    opened: Callable[[Any], Any],
) -> Iterator[Seen]:  # fmt: skip
    for one, sight, source in plan_of(definition, reach):
        value = values.get(one.name)
        if one.is_retired and value is None:
            continue
        shown = None
        if sight is not Sight.ABSENT and value is not None:
            shown = opened(value) if sight is Sight.WHOLE else masked(one, opened(value))
        yield Seen(one, sight, shown, source, one.name in disputed)


Plan = tuple[tuple[Field, Sight, Texts], ...]


def plan_of(definition: Definition, reach: Reach) -> Plan:
    """What becomes of each field for whoever has this reach, with its source. Kept with the definition: it depends on
    nothing else."""
    kept = definition.plans
    if reach not in kept:
        if len(kept) >= MOST_PLANS:
            kept.clear()
        shown = (one for one in definition.fields if one.type is not Type.URN)
        kept[reach] = tuple((one, sight_of(one, reach), definition.source_of(one.name)) for one in shown)
    return kept[reach]
