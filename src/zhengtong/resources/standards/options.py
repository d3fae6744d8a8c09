"""Code tables at the forms' socket: offered are the codes valid today; an old code keeps its old name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import Texts
from zhengtong.support.forms.providers import Option

from . import queries
from .queries.books import day_or_today
from .rules.tables import Row


@dataclass(slots=True)
class TableOptions:
    """One code table as the options of a form field. Only codes below which nothing stands can be chosen."""

    key: str
    label: Texts

    def count(self) -> int:
        return len(self._rows())

    def options(self) -> Sequence[Option]:
        rows = self._rows()
        headings = {row.parent_code for row in rows.values()}
        return [Option(row.code, row.label, row.code not in headings) for row in rows.values()]

    def find(self, code: str, on: date | None = None) -> Option | None:
        today = day_or_today(None)
        found = (queries.find_code(self.key, code, on=on) if on else None) or queries.find_code(self.key, code)
        return Option(code, found.label, found.is_leaf, found.holds_on(today)) if found else None

    def search(self, words: str, limit: int) -> Sequence[Option]:
        return [Option(found.code, found.label) for found in queries.search_codes(self.key, words, limit=limit)]

    def _rows(self) -> dict[str, Row]:
        """Empty where the node has not loaded its tables yet."""
        try:
            return dict(queries.codes_valid_on(self.key, day_or_today(None)))
        except NotFound:
            return {}
