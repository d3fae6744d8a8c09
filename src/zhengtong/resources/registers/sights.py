"""How much of a record somebody sees: whole, masked or absent, field by field. Pure functions on plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def seen(definition: Definition, values: Mapping[str, Any], reach: Reach, disputed: tuple[str, ...]) -> list[Seen]:
    """The fields of opened values as the reader sees them, in the order of the definition."""
    return list(_each(definition, values, reach, disputed))


def _each(definition: Definition, values: Mapping[str, Any], reach: Reach, disputed: tuple[str, ...]) -> Iterator[Seen]:
    for one in definition.fields:
        if one.type is Type.URN or (one.is_retired and values.get(one.name) is None):
            continue
        sight, value = sight_of(one, reach), values.get(one.name)
        shown = {Sight.WHOLE: value, Sight.MASKED: masked(one, value), Sight.ABSENT: None}[sight]
        yield Seen(one, sight, shown, definition.source_of(one.name), one.name in disputed)
