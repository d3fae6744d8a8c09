"""A whole table in memory, for checking columns and following codes. Kept per process until the table changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.errors import NotFound

from ..models import CodeChange, CodeItem, CodeTable
from ..rules.resolving import Book
from ..rules.tables import Change, Row
from ..rules.timeline import Span


def day_or_today(on: date | None) -> date:
    """A question without a day is about today."""
    return on or china_date(now())


def get_table(key: str) -> CodeTable:
    """Raises NotFound."""
    table = CodeTable.objects.filter(key=key).first()
    if table is None:
        raise NotFound(_("没有代码表“%(key)s”。") % {"key": key}, remedy=_("请运行 zt seed 载入代码表，或核对表名。"))
    return table


def book_of(key: str) -> Book:
    """The table with its whole past. One small query; three more when it has changed. Raises NotFound."""
    table = get_table(key)
    return _book(table.pk, table.stamp)


def codes_valid_on(table: str, day: date) -> Mapping[str, Row]:
    """Code → row for every code valid on the day, in the order of the table: to check a column of any length.

    Costs one small query. Raises NotFound.
    """
    found = get_table(table)
    return _valid_on(found.pk, found.stamp, day)


def codes_ever(table: str) -> frozenset[str]:
    """Every code that was ever valid, e.g. for the division in an identity number issued long ago."""
    found = get_table(table)
    return _ever(found.pk, found.stamp)


@lru_cache(maxsize=32)
def _book(table_id: int, stamp: UUID) -> Book:  # noqa: ARG001  (the stamp is what makes it another one)
    columns = "code", "name", "name_en", "parent_code", "level", "is_verified"
    more = "valid_from", "valid_to", "position", "is_leaf"
    items = CodeItem.objects.filter(table_id=table_id).values_list(*columns, *more)
    changes = CodeChange.objects.filter(table_id=table_id).values_list(
        "from_code", "to_code", "on_day", "kind", "source", "is_inferred"
    )
    return Book((Span(Row(*item[:6]), *item[6:]) for item in items), (Change(*change) for change in changes))


@lru_cache(maxsize=64)
def _valid_on(table_id: int, stamp: UUID, day: date) -> Mapping[str, Row]:
    return _book(table_id, stamp).rows_on(day)


@lru_cache(maxsize=32)
def _ever(table_id: int, stamp: UUID) -> frozenset[str]:
    return frozenset(_book(table_id, stamp).spans)
