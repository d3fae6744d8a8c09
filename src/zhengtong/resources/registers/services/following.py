"""A system takes over what changed in a register since a point, by its subscription."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit

from .. import catalogue, following
from ..definition.model import Definition
from ..following import Position, State, state_of
from ..models import RegisterVersion, Subscription
from ..purposes import Purpose
from ..rows import Row
from ..subjects import subjects_of
from ..survivors import survivors_of
from . import subscribing
from .reading import Answer, seen_of

MOST_CHANGES = 500  # of one answer


@dataclass(frozen=True, slots=True)
class Changed:
    """A record as it is now. `state`: ended records stay in the register and are told as such (墓碑); of a merged one,
    `survivor` stands for it."""

    answer: Answer
    state: State
    survivor: UUID | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """`position`: where to go on. `is_more`: ask again at once. `version`: of the definition in force."""

    records: Sequence[Changed]
    position: Position
    is_more: bool
    version: int


@verb
def read_changes(
    *, actor: Actor, register: str, subscription_uuid: UUID, after: str = "", limit: int = MOST_CHANGES, at: datetime
) -> Changes:
    """Every record that changed behind the position, once, as it is now; from the beginning for an empty one.

    One answer is one entry in the log, with its subjects. Raises Denied, NotFound, Invalid, PositionLost,
    SubscriptionEnded.
    """
    definition = catalogue.get(register)
    subscription = subscribing.used(actor, register, subscription_uuid, at)
    start, end = following.read_position(after), following.horizon()
    most = max(1, min(limit, MOST_CHANGES))
    found = following.changed(definition, start, end, names=columns_for(definition, subscription.fields), limit=most)
    reach = subscribing.reach_of(definition, subscription.consumer_uuid, subscription.grant)
    survivors = _survivors(definition, found)
    records = [
        Changed(
            seen_of(definition, row, reach, names=subscription.fields),
            state_of(definition, row),
            survivors.get(row.uuid),
        )
        for row in found
    ]
    _witness(actor, definition, subscription, found, at)
    subscribing.mark_used(subscription, at)
    is_more = len(found) == most
    last = Position(end.origin, found[-1].changed_xid, found[-1].id) if is_more else max(start, end)
    return Changes(records, last, is_more, version_of(register))


def _survivors(definition: Definition, found: Sequence[Row]) -> dict[UUID, UUID]:
    """No query where nothing was merged."""
    merged = [row.uuid for row in found if state_of(definition, row) is State.MERGED]
    return survivors_of(merged) if merged else {}


def columns_for(definition: Definition, fields: Sequence[str]) -> list[str]:
    """What is read for these fields: the state and whose data it is, besides."""
    beside = (definition.status_field, definition.subject_field)
    return list(dict.fromkeys([*fields, *(name for name in beside if name)]))


def version_of(register: str) -> int:
    return RegisterVersion.objects.get(key=register, is_in_force=True).number


def _witness(
    actor: Actor, definition: Definition, subscription: Subscription, found: Sequence[Row], at: datetime
) -> None:
    purpose = Purpose(subscription.purpose, subscription.matter)
    subjects = subjects_of(definition, found)
    urn = make_urn("registers", definition.noun, found[0].uuid) if len(found) == 1 else subscription.urn
    if subjects:
        audit.record_read(actor, subjects, purpose.text, urn, at=at)
        return
    detail = {"register": definition.key, "fields": subscription.fields, "count": len(found)}
    audit.record(actor, "registers.changes.read", subscription.urn, at=at, detail=detail, purpose=purpose.text)
