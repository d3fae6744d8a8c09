"""Editions of a table, what differs between two, and what became of a code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import F, Q
from django.utils.translation import gettext as _

from zhengtong.kernel.errors import NotFound

from ..models import CodeEdition, CodeTable
from ..rules import resolving
from ..rules.diffing import Diff, diff
from ..rules.resolving import Resolution
from .books import book_of, day_or_today, get_table


def list_editions(table: str) -> list[CodeEdition]:
    """The newest first. Raises NotFound for an unknown table."""
    return editions_of(get_table(table))


def editions_of(table: CodeTable) -> list[CodeEdition]:
    """The newest first. One query."""
    return list(table.editions.order_by(F("valid_from").desc(nulls_last=True)))


def current_editions(on: date) -> dict[int, CodeEdition]:
    """Table id → the edition in force on the day, for all tables in one query."""
    begun = Q(valid_from=None) | Q(valid_from__lte=on)
    return {one.table_id: one for one in CodeEdition.objects.filter(begun, Q(valid_to=None) | Q(valid_to__gte=on))}


def find_edition(table: str, *, on: date) -> CodeEdition | None:
    """The edition in force on the day."""
    return edition_on(list_editions(table), on)


def edition_on(editions: Iterable[CodeEdition], day: date) -> CodeEdition | None:
    """Of those at hand, the one in force on the day."""
    return next((one for one in editions if one.holds_on(day)), None)


def get_edition(table: str, version: str) -> CodeEdition:
    """Raises NotFound that names the versions there are."""
    return choose_edition(list_editions(table), version)


def choose_edition(editions: Sequence[CodeEdition], version: str) -> CodeEdition:
    """Of those at hand, the one so named. Raises NotFound that names them."""
    found = next((edition for edition in editions if edition.version == version), None)
    if found is None:
        there = "、".join(edition.version for edition in editions[:10])
        raise NotFound(_("这个代码表没有版本“%s”。") % version, remedy=_("现有版本：%s") % there)
    return found


def diff_editions(table: str, old: str, new: str) -> Diff:
    """What differs between two editions, the older first; removed codes with what became of them. Raises NotFound."""
    editions = list_editions(table)
    return diff_days(table, choose_edition(editions, old).day, choose_edition(editions, new).day)


def diff_days(table: str, first: date, second: date) -> Diff:
    """What differs between the codes of two days, the earlier first. Raises NotFound."""
    book = book_of(table)
    return diff(
        book.rows_on(first).values(),
        book.rows_on(second).values(),
        lambda code: resolving.resolve(book, code, from_day=first, to_day=second),
    )


def resolve(table: str, code: str, *, from_: date | str | None = None, to: date | None = None) -> Resolution:
    """Where a code of one day (or edition) stands on another, with the chain of steps. Looks forward in time.

    `from_` None: the newest meaning the code had; `to` None: today. A code without a certain successor says so:
    see `Outcome`, `is_certain` and each step's `is_inferred`. Raises NotFound for an unknown table or edition.
    """
    day = get_edition(table, from_).day if isinstance(from_, str) else from_
    return resolving.resolve(book_of(table), code, from_day=day, to_day=day_or_today(to))
