"""Code tables at the forms' socket. What a table holds is part of the release; only searching asks the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from zhengtong.kernel.texts import Texts
from zhengtong.support.forms.providers import Option

from . import queries, rules, services


@dataclass(slots=True)
class TableOptions:
    """One code table as the options of a form field. Only codes below which nothing stands can be chosen."""

    key: str
    label: Texts

    def count(self) -> int:
        return len(_options(self.key))

    def options(self) -> Sequence[Option]:
        return list(_options(self.key).values())

    def find(self, code: str) -> Option | None:
        return _options(self.key).get(code)

    def search(self, words: str, limit: int) -> Sequence[Option]:
        return [Option(found.code, found.label) for found in queries.search_codes(self.key, words, limit=limit)]


@cache
def _options(key: str) -> dict[str, Option]:
    table = next(table for table in services.shipped_tables() if table.key == key)
    leaves = rules.leaves(table.rows)
    return {row.code: Option(row.code, row.label, row.code in leaves) for row in table.rows}
