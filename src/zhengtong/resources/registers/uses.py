"""Which fields of the registers hold a data element or codes of a table, and which codes their records hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from zhengtong.kernel.texts import Texts
from zhengtong.resources.standards.providers import Use

from . import catalogue, rows
from .definition.model import Definition, Field, Type

DIVISIONS = "gbt2260"


class RegisterUses:
    """The socket of the standards, filled with the fields of the registers in force."""

    label: Texts = {"zh": "基础库", "en": "Base registers"}

    def uses_of_element(self, identifier: str) -> Sequence[Use]:
        return [Use(d.label, one.label) for d, one in _fields() if one.element == identifier]

    def uses_of_table(self, key: str) -> Sequence[Use]:
        return [Use(d.label, one.label) for d, one in _fields() if _table_of(one) == key]

    def codes_in_use(self, table: str, codes: Collection[str]) -> Mapping[str, int]:
        """Records as they are now, of every register that holds codes of the table. One query."""
        return rows.count_codes([(d, one) for d, one in _fields() if _table_of(one) == table], codes)


def _fields() -> Iterator[tuple[Definition, Field]]:
    return ((d, one) for d in catalogue.definitions().values() for one in d.fields)


def _table_of(one: Field) -> str:
    return DIVISIONS if one.type is Type.DIVISION else one.code_table
