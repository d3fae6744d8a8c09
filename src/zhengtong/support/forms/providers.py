"""Sockets of the forms: code tables fill OPTIONS, registers fill PREFILL. Filled from a room's `wiring.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts


@dataclass(frozen=True, slots=True)
class Option:
    """One item of a code table. `is_selectable` is False for a heading (a GB/T 4754 section, say).

    `is_valid` is False for a code that is no longer in use: it keeps its name, and cannot be chosen anew.
    """

    code: str
    title: Texts
    is_selectable: bool = True
    is_valid: bool = True


class OptionSource(Protocol):
    """A code table, bound in a form by `"x-options": {"table": <key>}`."""

    label: Texts

    def count(self) -> int:
        """How many items. Tables up to `LONG_TABLE` are shown whole, longer ones are searched."""
        ...

    def options(self) -> Sequence[Option]:
        """All items valid today, in the order of the table."""
        ...

    def find(self, code: str, on: date | None = None) -> Option | None:
        """The item of a code as it was named on the day (else as it is, or was last), also one no longer in use."""
        ...

    def search(self, words: str, limit: int) -> Sequence[Option]:
        """Selectable items whose code or title contains the words, best first."""
        ...


@dataclass(frozen=True, slots=True)
class PrefillRecord:
    """What a register answered: its values by field name, and as of when.

    `sources` names the authority of single fields where it differs from the register's label.
    """

    values: Mapping[str, Any]
    as_of: datetime | None = None
    sources: Mapping[str, Texts] = field(default_factory=dict)


class PrefillSource(Protocol):
    """A register, bound in a form by `"x-prefill": {"register": <key>, "field": <name>}`."""

    label: Texts  # shown as 来自：<label>

    def fields(self) -> Collection[str]:
        """The names a form may bind to."""
        ...

    def fetch(self, *, party_urn: str, key: str, actor: Actor, at: datetime) -> PrefillRecord | None:
        """The record of this party; None: the register has none (only then may the applicant type).

        `key` is the value of the form field named in `"x-prefill": {…, "key": <field>}`, e.g. a certificate number, and
        empty where none is named; the source must make sure that the record belongs to the party. Raises
        kernel.errors.Unavailable when it cannot answer: that is not "not found".
        """
        ...


@dataclass(frozen=True, slots=True)
class PrefillChoice:
    """One record of a party that has several. `key`: the value of the field that chooses; `label` tells which it is."""

    key: str
    label: str
    record: PrefillRecord


@runtime_checkable
class ChoiceSource(PrefillSource, Protocol):
    """A register in which a party may have several records, bound by `"x-prefill": {…, "choose": true}`."""

    def choices(self, *, party_urn: str, actor: Actor, at: datetime) -> Sequence[PrefillChoice]:
        """Every record of the party, the likeliest first."""
        ...


LONG_TABLE = 60  # a table with more items is searched, not listed

OPTIONS: Registry[OptionSource] = Registry("code table")
PREFILL: Registry[PrefillSource] = Registry("register to prefill from")
