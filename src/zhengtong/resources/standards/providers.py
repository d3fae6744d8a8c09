"""Sockets: who uses a data element or a code table. Forms' services and registers fill them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts


@dataclass(frozen=True, slots=True)
class Use:
    """One place: a field of a form, a field of a register. `url` where there is a page of it."""

    title: Texts
    detail: Texts
    url: str = ""


class UseSource(Protocol):
    """A room that binds fields to data elements and code tables. Each question costs at most one query."""

    label: Texts

    def uses_of_element(self, identifier: str) -> Sequence[Use]:
        """Where the element is bound, in any of its versions."""
        ...

    def uses_of_table(self, key: str) -> Sequence[Use]:
        """Where values of the table are asked for or kept, not counting those by way of an element."""
        ...

    def codes_in_use(self, table: str, codes: Collection[str]) -> Mapping[str, int]:
        """How many records hold each of these codes; a code that none holds may be missing.

        An edition that drops a code in use must say what becomes of it.
        """
        ...


USES: Registry[UseSource] = Registry("user of data elements and code tables")
