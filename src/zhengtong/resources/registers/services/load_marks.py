"""The row that says how far a load is: it begins or goes on, moves, and ends with one event. The log has both ends."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from datetime import datetime

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.events import services as events
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit

from ..definition.model import Definition
from ..events import LoadFinished
from ..models import Act, Load

OPEN = (Load.Status.RUNNING, Load.Status.STOPPED)


@verb
def begin(
    actor: Actor, definition: Definition, fields: Sequence[str], owners: Sequence[str], *, source: str, sha256: str,
    settings: str, is_synthetic: bool, outcome: str, at: datetime,
) -> tuple[Load, int]:  # fmt: skip
    """The load of this source, and behind which row it goes on: the interrupted one of the same file, else new."""
    loads = Load.objects.select_for_update().filter(register=definition.key)
    known = loads.filter(sha256=sha256, settings=settings, status__in=OPEN).last() if sha256 else None
    loads.filter(status=Load.Status.RUNNING).update(status=Load.Status.STOPPED)  # no process holds their lock
    if known:
        known.status, known.fault = Load.Status.RUNNING, ""
        known.save(update_fields=["status", "fault"])
        return known, known.mark
    act = Act.objects.create(
        register=definition.key, kind=Act.Kind.LOADED, fields=sorted(fields), authorities=sorted(owners),
        since=china_date(at), reason=source[:500], actor_urn=actor.urn, at=at,
    )  # fmt: skip
    made = Load.objects.create(
        uuid=uuids.uuid4(), register=definition.key, source=source[:500], sha256=sha256, settings=settings, act=act,
        is_synthetic=is_synthetic, outcome_file=outcome[:500], actor_urn=actor.urn, started_at=at,
    )  # fmt: skip
    detail = {"register": definition.key, "fields": sorted(fields), "authorities": sorted(owners), "sha256": sha256}
    audit.record(actor, "registers.load.begun", _urn(made), at=at, detail=detail)
    return made, 0


def move(load: Load, *, mark: int, ends: tuple[int, int], counts: Mapping[str, int]) -> None:
    """In the transaction of the batch."""
    load.mark = mark
    load.outcome_end, load.rejected_end = ends
    for name, number in counts.items():
        setattr(load, name, number)
    load.save(update_fields=["mark", "outcome_end", "rejected_end", "is_synthetic", *counts])


@verb
def finish(actor: Actor, definition: Definition, load: Load, *, sha256: str, fault: str, at: datetime) -> None:
    """Read to its end, or to where nothing more could be read (then the same file goes on from there)."""
    load.status = Load.Status.STOPPED if fault else Load.Status.FINISHED
    load.fault, load.finished_at = fault[:500], at
    load.sha256 = load.sha256 or sha256
    load.save(update_fields=["status", "fault", "finished_at", "sha256"])
    counts = {name: getattr(load, name) for name in ("new", "changed", "unchanged", "bad")}
    detail = {"register": definition.key, "sha256": load.sha256, "status": str(load.status), **counts}
    audit.record(actor, "registers.record.loaded", _urn(load), at=at, detail=detail)
    events.publish(LoadFinished(register=definition.key, load_uuid=str(load.uuid), **counts))


def _urn(load: Load) -> str:
    return make_urn("registers", "load", load.uuid)
