"""What changed in a register since a point: positions, and the rows in an order that loses none that commits late.

Each row carries the number of the transaction that last wrote it. "Greater than the last number seen" would miss a
transaction that began early and commits late; so only rows below the oldest transaction still running are given, in
the order of (transaction, row). A record that changes again moves behind; it is never passed over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db import connection
from django.utils.translation import gettext as _

from zhengtong.kernel.errors import Conflict, FieldError, Invalid

from . import rows
from .definition.model import Definition
from .rows import Row
from .survivors import has_ended_as_twin

_TOKEN = re.compile(r"([0-9a-f]{8})\.([0-9]{1,20})\.([0-9]{1,19})")
_ORIGIN = """
SELECT (SELECT system_identifier FROM pg_control_system())::text, left(pg_walfile_name(pg_current_wal_lsn()), 8)
"""
LARGEST = 2**63 - 1


class State(StrEnum):
    """生效、已终止、已并入另一条."""

    CURRENT = "current"
    ENDED = "ended"
    MERGED = "merged"


class PositionLost(Conflict):
    """The position was given by a database that is no longer in place: it says nothing about this one."""

    code = "position-lost"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A point in the changes of a register. `origin`: of which database, and which of its lives, the numbers are."""

    origin: str
    xid: int
    id: int = 0

    def __str__(self) -> str:
        return f"{self.origin}.{self.xid}.{self.id}"


def read_position(text: str) -> Position:
    """The position of a text; of an empty one the beginning. Raises Invalid, PositionLost."""
    here = origin()
    if not text:
        return Position(here, 0)
    found = _TOKEN.fullmatch(text)
    if found is None or int(found[2]) > LARGEST or int(found[3]) > LARGEST:
        told = _("不是本系统给出的位置。请原样传回上次答复中的 position；第一次调用时不填。")
        raise Invalid(told, fields=[FieldError("after", told, _("位置"))])
    if found[1] != here:
        raise PositionLost(
            _("数据库已经恢复或迁移，此前的位置不再有效。"), remedy=_("请重新获取一次全量快照，从其中的位置继续。")
        )
    return Position(here, int(found[2]), int(found[3]))


def origin() -> str:
    """A restored or promoted database goes on in a timeline of its own: there, numbers may mean something else."""
    with connection.cursor() as cursor:
        cursor.execute(_ORIGIN)
        return hashlib.sha256(":".join(cursor.fetchone()).encode()).hexdigest()[:8]


def horizon() -> Position:
    """All that was written below it is decided: committed and to be seen, or undone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        return Position(origin(), int(cursor.fetchone()[0]))


def changed(
    definition: Definition, after: Position, until: Position, *, names: Iterable[str], limit: int
) -> list[Row]:  # fmt: skip
    """Records as they are now that changed behind `after` and before `until`, in the order of their last change."""
    condition = "(changed_xid, id) > (%s::text::xid8, %s) AND changed_xid < %s::text::xid8"
    params = [str(after.xid), after.id, str(until.xid)]
    return rows.select(definition, condition, params, names=names, order="changed_xid, id", limit=limit)


def state_of(definition: Definition, row: Row) -> State:
    """A record is never deleted: a status from which nothing follows ends it, or says that it was another one twice."""
    if has_ended_as_twin(definition, row):
        return State.MERGED
    status = row.values.get(definition.status_field) if definition.status_field else None
    is_ended = status is not None and not definition.status_changes.get(status)
    return State.ENDED if is_ended else State.CURRENT
