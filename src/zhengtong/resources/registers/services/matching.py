"""A register is searched for duplicates: step by step, each in a transaction with its mark, and on after a kill."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, NotFound
from zhengtong.kernel.events import services as events
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import catalogue, rows, standing
from ..definition.model import Definition, Matching
from ..events import MatchingFinished
from ..locks import alone
from ..matching import candidates
from ..matching.scoring import Likeness, compare
from ..models import Match, MatchRun

WRITTEN = 1_000  # found pairs of one statement
OPEN = (MatchRun.Status.RUNNING, MatchRun.Status.STOPPED)
Progress = Callable[[int, int, int], None]  # steps done, steps in all, pairs found


@dataclass(slots=True)
class Sought:
    """What a search came to. `resumed_behind`: steps that an interrupted one had done."""

    run: MatchRun
    resumed_behind: int = 0


def find_duplicates(
    *, actor: Actor, register: str, clock: Callable[[], datetime], only_new: bool = False,
    progress: Progress = lambda _done, _steps, _found: None,
) -> Sought:  # fmt: skip
    """Search a register for pairs that may be one; they stand in the queue of whoever owns such records' status.

    `only_new`: only pairs of which a record was written since the last search began. What was judged before is never
    asked again. Raises Denied, NotFound (no such register), Conflict (no rules; a search is running).
    """
    permissions.require(actor, "registers.match.run")
    definition = catalogue.get(register)
    matching = _rules(definition)
    with _alone(definition):
        run, behind = _begin(actor, definition, matching, only_new=only_new, at=clock())
        search = _Search(definition, matching, run, _authority(definition))
        todo = candidates.steps(matching, run.steps // len(matching.blocks))
        for number, step in enumerate(todo):
            if number >= run.mark:
                search.take(step, number + 1, clock())
                progress(run.mark, run.steps, run.found)
        _finish(actor, run, at=clock())
    return Sought(run, behind)


def _rules(definition: Definition) -> Matching:
    if definition.matching is None:
        told = _("%s没有写明查重规则。") % localised(definition.label)
        raise Conflict(told, remedy=_("请在 register.yaml 中写 matching，检查并发布。"))
    return definition.matching


def _authority(definition: Definition) -> UUID:
    key = definition.by_name[definition.status_field].authority
    found = directory.find_organisation(key)
    if found is None:
        raise NotFound(_("部门名录中没有数源部门：%s。") % key, remedy=_("请先装入部门名录。"))
    return found.uuid


def _alone(definition: Definition) -> AbstractContextManager[None]:
    """One search of a register at a time."""
    refusal = Conflict(_("%s正在查重。") % localised(definition.label), remedy=_("请等它结束后再试。"))
    return alone(f"registers.match.{definition.key}", refusal)


@verb
def _begin(
    actor: Actor, definition: Definition, matching: Matching, *, only_new: bool, at: datetime
) -> tuple[MatchRun, int]:
    """The interrupted search by the same rules goes on; else a new one."""
    data = {"matching": definition.as_json()["matching"], "only_new": only_new}
    rules = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    runs = MatchRun.objects.select_for_update().filter(register=definition.key)
    known = runs.filter(status__in=OPEN).last()
    runs.filter(status=MatchRun.Status.RUNNING).update(status=MatchRun.Status.STOPPED)  # no process holds their lock
    if known and known.rules == rules:
        known.status = MatchRun.Status.RUNNING
        known.save(update_fields=["status"])
        return known, known.mark
    last = runs.filter(status=MatchRun.Status.FINISHED).last() if only_new else None
    parts = candidates.parts_of(standing.estimates().get(definition.key, 0))
    made = MatchRun.objects.create(
        register=definition.key, rules=rules, since=last.started_at if last else None,
        steps=parts * len(matching.blocks), actor_urn=actor.urn, started_at=at,
    )  # fmt: skip
    return made, 0


@dataclass(slots=True)
class _Search:
    """A search while it runs."""

    definition: Definition
    matching: Matching
    run: MatchRun
    authority_uuid: UUID
    waiting: list[tuple[Any, ...]] = field(default_factory=list)

    @transaction.atomic
    def take(self, step: candidates.Step, mark: int, at: datetime) -> None:
        """One step, whole or not at all."""
        for one, other in candidates.pairs(self.definition, step, self.run.since):
            self.run.compared += 1
            likeness = compare(self.matching, one.values, other.values, opened=rows.opened)
            if likeness.score >= self.matching.review:
                self._put(one.uuid, other.uuid, likeness, at)
        self._write()
        self.run.crowded += candidates.crowded(self.definition, step)
        self.run.mark = mark
        self.run.save(update_fields=["mark", "compared", "found", "crowded"])

    def _put(self, first: UUID, second: UUID, likeness: Likeness, at: datetime) -> None:
        row = (
            self.definition.key, first, second, likeness.score, likeness.score >= self.matching.sure,
            json.dumps(likeness.ways), self.authority_uuid, at, self.run.pk,
        )  # fmt: skip
        self.waiting.append(row)
        if len(self.waiting) >= WRITTEN:
            self._write()

    def _write(self) -> None:
        """Into the queue; what somebody judged before stays judged."""
        if not self.waiting:
            return
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [list(column) for column in zip(*self.waiting, strict=True)])
            self.run.found += sum(is_new for (is_new,) in cursor.fetchall())
        self.waiting.clear()


_INSERT = f"""
INSERT INTO {Match._meta.db_table} AS m (uuid, register, first_uuid, second_uuid, score, is_sure, ways, authority_uuid,
  found_at, run_id, status, taken, reason, decided_by_urn)
SELECT gen_random_uuid(), f.register, f.first_uuid, f.second_uuid, f.score, f.is_sure, f.ways, f.authority_uuid,
  f.found_at, f.run_id, 'open', '{{}}', '', ''
FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::float8[], %s::boolean[], %s::jsonb[], %s::uuid[],
  %s::timestamptz[], %s::bigint[]) AS f (register, first_uuid, second_uuid, score, is_sure, ways, authority_uuid,
  found_at, run_id)
ON CONFLICT (first_uuid, second_uuid) DO UPDATE SET score = excluded.score, is_sure = excluded.is_sure,
  ways = excluded.ways, run_id = excluded.run_id, authority_uuid = excluded.authority_uuid, status = 'open'
  WHERE m.status IN ('open', 'lapsed') AND m.run_id <> excluded.run_id
RETURNING (xmax = 0)
"""  # noqa: S608  (the table's own name)


@verb
def _finish(actor: Actor, run: MatchRun, *, at: datetime) -> None:
    """After a search of everything, open pairs that it did not find again are no longer alike."""
    if run.since is None:
        stale = Match.objects.filter(register=run.register, status=Match.Status.OPEN).exclude(run=run)
        stale.update(status=Match.Status.LAPSED)
    run.status, run.finished_at = MatchRun.Status.FINISHED, at
    run.save(update_fields=["status", "finished_at"])
    urn = make_urn("registers", "match_run", run.uuid)
    detail = {"register": run.register, "compared": run.compared, "found": run.found}
    audit.record(actor, "registers.match.sought", urn, at=at, detail=detail)
    events.publish(MatchingFinished(register=run.register, run_uuid=str(run.uuid), found=run.found))
