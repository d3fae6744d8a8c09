"""Records on a map: what is open to everybody, and for a purpose what is granted (OGC API - Features, pages)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.transactions import verb

from .. import catalogue, readers
from ..definition.model import Definition, Type
from ..definition.spatial import Shape, shape_of
from ..features import finding
from ..features.asking import Asked
from ..features.collections import Collection
from ..features.geojson import feature
from ..following import state_of
from ..purposes import Purpose
from ..rows import Row
from ..sights import NOBODYS, Reach, Sight, sight_of
from .reading import Answer, seen_of, witness


@dataclass(frozen=True, slots=True)
class Features:
    """A page of GeoJSON features; `after`: where the next one begins, None for the last."""

    features: Sequence[dict[str, Any]]
    after: UUID | None


def list_collections(*, actor: Actor, purpose: Purpose | None, at: datetime) -> list[Collection]:
    """The registers whose places the actor may see: open ones, and for a purpose those granted. Raises Denied."""
    spatial = [(d, shape) for d in catalogue.definitions().values() if (shape := shape_of(d))]
    return [Collection(d, shape) for d, shape in spatial if _shows(d, shape, _reach(actor, d, purpose, at))]


def get_collection(*, actor: Actor, key: str, purpose: Purpose | None, at: datetime) -> Collection:
    """Raises Denied, NotFound (none such, or not open)."""
    return _seen(actor, key, purpose, at)[0]


@verb
def list_features(*, actor: Actor, key: str, asked: Asked, purpose: Purpose | None, at: datetime) -> Features:
    """Records in a box and time. What is read for a purpose is on record, one entry for one page.

    Raises Denied, NotFound.
    """
    found, reach = _seen(actor, key, purpose, at)
    rows = finding.find(found.definition, found.shape, asked, _columns(found.definition, reach))
    page, is_more = rows[: asked.limit], len(rows) > asked.limit
    told = _told(actor, found, page, reach, purpose=purpose, at=at)
    return Features(told, page[-1].uuid if is_more else None)


@verb
def get_feature(*, actor: Actor, key: str, uuid: UUID, purpose: Purpose | None, at: datetime) -> dict[str, Any]:
    """One record. Raises Denied, NotFound."""
    found, reach = _seen(actor, key, purpose, at)
    row = finding.find_one(found.definition, uuid, _columns(found.definition, reach))
    if row is None:
        raise NotFound(_("基础库中没有这条记录。"))
    return _told(actor, found, [row], reach, purpose=purpose, at=at)[0]


def _told(
    actor: Actor, found: Collection, page: Sequence[Row], reach: Reach, *, purpose: Purpose | None, at: datetime
) -> list[dict[str, Any]]:
    names = [one.name for one in found.definition.fields if sight_of(one, reach) is Sight.WHOLE]
    answers: list[Answer] = [seen_of(found.definition, row, reach, names=names) for row in page]
    if purpose:
        witness(actor, found.definition, page, answers, purpose=purpose, at=at)
    states = [state_of(found.definition, row) for row in page]
    return [
        feature(answer.uuid, answer.fields, found.shape, {
            "_state": state.value, "_valid_from": answer.valid_from.isoformat(), "_is_synthetic": answer.is_synthetic,
        })
        for answer, state in zip(answers, states, strict=True)
    ]  # fmt: skip


def _seen(actor: Actor, key: str, purpose: Purpose | None, at: datetime) -> tuple[Collection, Reach]:
    definition = catalogue.find(key)
    shape = shape_of(definition) if definition else None
    if definition and shape:
        reach = _reach(actor, definition, purpose, at)
        if _shows(definition, shape, reach):
            return Collection(definition, shape), reach
    raise NotFound(
        _("没有名为“%s”的开放图层。") % key,
        remedy=_("不向公众开放的，请由获得授权的部门或系统注明 purpose（目的）和 matter（事由）后访问。"),
    )


def _reach(actor: Actor, definition: Definition, purpose: Purpose | None, at: datetime) -> Reach:
    if purpose is None:
        return NOBODYS
    organisations = readers.organisations(actor, readers.READ, purpose=purpose.key)
    return readers.reach_of(definition, organisations, purpose, china_date(at))


def _shows(definition: Definition, shape: Shape, reach: Reach) -> bool:
    return all(sight_of(definition.by_name[name], reach) is Sight.WHOLE for name in shape.fields)


def _columns(definition: Definition, reach: Reach) -> list[str]:
    """What is told, and besides the status and whose data it is."""
    beside = (definition.status_field, definition.subject_field)
    return [
        one.name for one in definition.fields
        if one.name in beside or (one.type is not Type.URN and sight_of(one, reach) is Sight.WHOLE)
    ]  # fmt: skip
