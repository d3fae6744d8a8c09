"""A file or a table of another database becomes records: checked, encrypted, merged by sets, batch by batch.

A batch is one transaction with the load's mark, so that after a kill the same file goes on behind the last one. Rows
that cannot be loaded are told and kept; they never stop the others.
"""

from __future__ import annotations

import hashlib
import json
import uuid as uuids
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor, Capacity, PostRef
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict
from zhengtong.kernel.texts import localised
from zhengtong.resources.standards import queries as standards
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import catalogue, parties, rows
from ..definition.model import Definition, Field
from ..loading import columns, merging, verdicts
from ..loading.batches import Batch, Reading
from ..loading.faults import Fault, Unloadable, make
from ..loading.heads import LOOKED_AT, Head, find_head
from ..loading.outcomes import HEAD as OUTCOME_HEAD
from ..loading.outcomes import Kept, free, outcome_text, rejected_beside, rejected_text
from ..loading.sources import Source, Unreadable
from ..loading.sources.text import Csv
from ..locks import alone
from ..models import Load
from ..places import Places
from ..policies import Write
from ..quality.flagging import flag_batch
from . import load_marks as marks

BATCH = 20_000  # rows of one transaction
MOST_GARBAGE = 1_000  # unreadable rows in a row; then it is no table
TRIES = 3


@dataclass(frozen=True, slots=True)
class Options:
    """How a load is done. `mapping`: titles of columns that are no field's name or label.

    `outcome`: the file that says what came of each row (another name is taken where one is there), the rejected rows
    beside it; None: nothing is kept.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    is_strict: bool = False
    is_dry: bool = False
    is_synthetic: bool = False
    outcome: Path | None = None


@dataclass(slots=True)
class Loaded:
    """What came of it. `load` None after a dry run. `fault`: why it ended before the end of the source."""

    register: str
    counts: dict[str, int]
    head: Head
    ignored: tuple[str, ...]
    not_own: tuple[str, ...]
    load: Load | None = None
    outcome: Path | None = None
    resumed_behind: int = 0
    fault: Fault | None = None
    notes: tuple[Fault, ...] = ()


Progress = Callable[[int, int, int], None]  # rows taken, bytes taken, bytes in all (0: not known)


def acting_for(register: str, authorities: Sequence[str]) -> Actor:
    """The node in the name of these authorities of the register; of all, where none is named. Raises Conflict."""
    definition = catalogue.get(register)
    known = [one.key for one in definition.authorities]
    if strange := [key for key in authorities if key not in known]:
        told = _("“%(key)s”不是%(label)s的数源部门。") % {"key": strange[0], "label": localised(definition.label)}
        raise Conflict(told, remedy=_("数源部门：%s") % "、".join(known))
    found = [directory.find_organisation(key) for key in authorities or known]
    posts = tuple(PostRef(one.uuid, one.uuid, one.division_id) for one in found if one)
    return Actor(urn="system:zt register load", capacity=Capacity.SYSTEM, display_name="zt register load", posts=posts)


def load(
    *, actor: Actor, register: str, source: Source, options: Options, clock: Callable[[], datetime],
    progress: Progress = lambda _rows, _bytes, _size: None, batch_rows: int = BATCH,
) -> Loaded:  # fmt: skip
    """Load a source in the name of the authorities whose posts the actor has.

    Raises Denied, NotFound (no such register), Conflict (another load of it is running), Unloadable (nothing of it can
    be read as rows of this register).
    """
    with closing(source), _alone(definition := catalogue.get(register)):
        owners = _owners(actor, definition)
        run = _Loading(actor, definition, owners=owners, source=source, options=options, clock=clock)
        return run.run(progress, batch_rows)


def _owners(actor: Actor, definition: Definition) -> list[str]:
    """Keys of the authorities the actor acts for. Raises Denied where there is none."""
    found = {one.key: directory.find_organisation(one.key) for one in definition.authorities}
    own = {key: one.uuid for key, one in found.items() if one and one.uuid in actor.organisation_uuids}
    wish = frozenset(own.values()) or frozenset(one.uuid for one in found.values() if one)
    permissions.require(actor, "registers.record.write", Write("", wish))
    return sorted(own)


def _alone(definition: Definition) -> AbstractContextManager[None]:
    """One load of a register at a time."""
    told = _("%s正在装入另一个文件。") % localised(definition.label)
    refusal = Conflict(told, remedy=_("请等它结束；“zt register loads”列出各次装入。"))
    return alone(f"registers.load.{definition.key}", refusal)


class _Loading:
    """One load while it runs."""

    def __init__(
        self, actor: Actor, definition: Definition, *, owners: Sequence[str], source: Source, options: Options,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._actor, self._definition, self._owners = actor, definition, owners
        self._source, self._options, self._clock = source, options, clock
        self._numbered = _numbered(source)
        first, self._end = _take(self._numbered, LOOKED_AT)
        self._head = self._find_head(first)
        source.width = len(self._head.fields)
        self._waiting = [(number, self._held(number, row)) for number, row in first[self._head.rows :]]
        self._written = self._choose_fields()
        self._merging = merging.Merging(definition, self._written)
        today = china_date(clock())
        places = Places(is_synthetic=options.is_synthetic).prepare()
        checks = columns.Checks(today, _Codes(definition), places)
        wanted = dict.fromkeys([*definition.keys[0], *(one.name for one in self._written)])
        read = {name: columns.Column(definition, definition.by_name[name], checks) for name in wanted}
        self._reading = Reading(definition, self._head.fields, read, places)
        self._absent = [
            one.name for one in definition.fields
            if one.is_required and not one.is_retired and one.name not in {w.name for w in self._written}
        ]  # fmt: skip
        self._garbage, self._passed = 0, 0  # unreadable rows in a row; rows committed before
        self._following = self._head.rows + 1  # the number of the next row
        self._load: Load | None = None
        self._kept: tuple[Kept, Kept]

    # -- what the file is --------------------------------------------------------------------------------------------
    def _find_head(self, first: Sequence[tuple[int, Any]]) -> Head:
        if not first and self._end:
            raise self._end
        strange = [name for name in self._options.mapping.values() if self._definition.find(name) is None]
        if strange:
            told = _("基础库没有字段“%s”。") % strange[0]
            raise Unloadable(told, remedy=_("字段：%s") % "、".join(self._definition.by_name))
        cells = [() if isinstance(row, Unreadable) else row for _number, row in first]
        head = find_head(self._definition, cells, self._options.mapping)
        key = "、".join(
            f"{name}（{localised(self._definition.by_name[name].label)}）" for name in self._definition.keys[0]
        )
        if head is None:
            seen = "、".join(str(c)[:30] for c in (cells[0] if cells else ())[:12] if c)
            told = _("%(name)s 的前%(count)d行中没有包含“%(key)s”的表头；第一行是：%(seen)s")
            remedy = _("请在第一行写出字段名或中文名称，或用 --map 列名=字段名 指明。")
            raise Unloadable(
                told % {"name": self._source.name, "count": LOOKED_AT, "key": key, "seen": seen}, remedy=remedy
            )
        if head.repeated:
            told = _("有不止一列是“%s”。") % "、".join(sorted(head.repeated))
            raise Unloadable(told, remedy=_("每个字段只能有一列，请删去或改名。"))
        if self._options.is_strict and head.ignored:
            told = _("基础库没有这些列：%s") % "、".join(head.ignored)
            raise Unloadable(told, remedy=_("请删去这些列，用 --map 指明，或不用 --strict。"))
        return head

    def _held(self, number: int, row: Any) -> Any:
        """Rows that were read before the width was known."""
        width = len(self._head.fields)
        if not isinstance(self._source, Csv) or isinstance(row, Unreadable) or len(row) == width:
            return row
        if len(row) > width and not any(row[width:]):
            return row[:width]
        fault = make("columns", found=len(row), wanted=width, first=number, last=number)
        return Unreadable(fault, tuple(row))

    def _choose_fields(self) -> list[Field]:
        """The fields of the file that the actor may write, in the order of the definition."""
        named = [one for one in self._definition.fields if one.name in self._head.fields and not one.is_retired]
        return [one for one in named if one.authority in self._owners]

    # -- the run -----------------------------------------------------------------------------------------------------
    def run(self, progress: Progress, batch_rows: int) -> Loaded:
        names = {one.name for one in self._written}
        not_own = tuple(name for name in self._head.fields if name and name not in names)
        counts = dict.fromkeys(verdicts.OUTCOMES, 0)
        done = Loaded(self._definition.key, counts, self._head, self._head.ignored, not_own)
        self._begin(done)
        self._merging.prepare()
        try:
            for batch in self._batches(batch_rows):
                self._write(batch, done)
                progress(batch.last, self._source.position, self._source.size)
            self._finish(done)
        finally:
            self._numbered.close()
            for kept in self._kept:
                kept.close()
        return done

    def _begin(self, done: Loaded) -> None:
        options = self._options
        path = free(options.outcome) if options.outcome else None
        if not options.is_dry:
            settings = hashlib.sha256(json.dumps([self._owners, list(self._head.fields)]).encode()).hexdigest()
            self._load, self._passed = marks.begin(
                self._actor, self._definition, [one.name for one in self._written], self._owners,
                source=self._source.name, sha256=self._source.whole_digest(), settings=settings,
                is_synthetic=options.is_synthetic, outcome=str(path.resolve() if path else ""), at=self._clock(),
            )  # fmt: skip
            done.load, done.resumed_behind = self._load, self._passed
            done.counts |= {name: getattr(self._load, name) for name in verdicts.OUTCOMES}
            path = Path(self._load.outcome_file) if self._load.outcome_file else None
        ends = (self._load.outcome_end, self._load.rejected_end) if self._load else (0, 0)
        done.outcome, beside = path, rejected_beside(path) if path else None
        self._kept = (
            Kept(path, OUTCOME_HEAD, ends[0]),
            Kept(beside, self._head.titles, ends[1], is_optional=True),
        )

    def _batches(self, count: int) -> Iterator[Batch]:
        """While one batch is written, the next is read and checked by another thread, which asks no database."""
        with ThreadPoolExecutor(1) as ahead:
            following = self._ask(ahead, count)
            while (batch := following.result()) is not None:
                following = self._ask(ahead, count)
                yield batch

    def _ask(self, ahead: ThreadPoolExecutor, count: int) -> Future[Batch | None]:
        self._reading.prepare()
        return ahead.submit(self._next_batch, count)

    def _next_batch(self, count: int) -> Batch | None:
        if self._following <= self._passed:  # a batch never reaches over the mark
            count = min(count, self._passed - self._following + 1)
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        if self._end is None:
            more, self._end = _take(self._numbered, count - len(taken))
            taken += more
        taken = self._without_garbage(taken)
        self._following += len(taken)
        return self._reading.read(taken) if taken else None

    def _without_garbage(self, taken: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
        for place, (number, row) in enumerate(taken):
            self._garbage = self._garbage + 1 if isinstance(row, Unreadable) else 0
            if self._garbage >= MOST_GARBAGE:
                self._end = _Garbage(make("garbage", count=self._garbage, first=number - self._garbage + 1))
                self._waiting = []
                return taken[: place + 1]
        return taken

    # -- a batch -----------------------------------------------------------------------------------------------------
    def _write(self, batch: Batch, done: Loaded) -> None:
        if batch.last <= self._passed:
            return self._pass_over(batch)
        ends = [kept.tell() for kept in self._kept]
        for attempt in range(1, TRIES + 1):
            faults = {place: list(found) for place, found in batch.faults.items()}
            try:
                with transaction.atomic():
                    counted = self._merge(batch, done)
                break
            except IntegrityError:  # somebody entered one of the keys meanwhile
                batch.faults = faults
                for kept, end in zip(self._kept, ends, strict=True):
                    kept.cut(end)
                if attempt == TRIES:
                    raise
            except BaseException:
                for kept, end in zip(self._kept, ends, strict=True):
                    kept.cut(end)
                raise
        done.counts |= counted
        return None

    def _pass_over(self, batch: Batch) -> None:
        """A batch that was committed before: only what later duplicates are known by is noted."""
        assert self._load
        with transaction.atomic():
            known = self._merging.find_known(batch, batch.places)
            unchanged = [place for place, one in known.items() if one.act_id != self._load.act_id]
            self._merging.note_seen(batch, unchanged)

    def _merge(self, batch: Batch, done: Loaded) -> dict[str, int]:
        at, load = self._clock(), self._load
        if load and batch.is_synthetic and not load.is_synthetic:
            load.is_synthetic = True
        is_synthetic = batch.is_synthetic or self._options.is_synthetic or bool(load and load.is_synthetic)
        stamp = merging.Stamp(at, china_date(at), load.act_id if load else 0, is_synthetic)
        rows.act_for(self._owners)
        told = verdicts.judge(
            self._definition, self._merging, batch, own_act=load.act_id if load else None, absent=self._absent
        )
        if load:
            self._merging.add(batch, told.new, stamp, self._uuids(batch, told.new, at))
            self._merging.amend(told.changed, stamp)
            written = [*told.new, *told.changed, *told.unchanged]
            flag_batch(self._definition, self._merging, batch, self._head.fields, written=written, changed=told.changed)
        self._merging.note_seen(batch, told.unchanged if load else [*told.new, *told.changed, *told.unchanged])
        if load:
            self._follow(told.renamed, at)
        self._keep(batch, told)
        counts = {name: done.counts[name] + number for name, number in told.counts(batch).items()}
        if load:
            ends = (self._kept[0].tell(), self._kept[1].tell())
            marks.move(load, mark=batch.last, ends=ends, counts=counts)
        return counts

    def _uuids(self, batch: Batch, places: Sequence[int], at: datetime) -> dict[int, UUID]:
        """The uuids of new records: of parties those identity knows, else the database gives them."""
        if self._definition.noun != parties.LEGAL_ENTITY:
            return {}
        found = {}
        for place in places:
            values = {name: columns.plain(batch.texts[name][place]) for name in ("uscc", "name")}
            found[place] = parties.uuid_for(self._definition, values, at) or uuids.uuid4()
        return found

    def _follow(self, ids: Sequence[int], at: datetime) -> None:
        if self._definition.noun == parties.LEGAL_ENTITY:
            for row in rows.select(self._definition, "id = ANY (%s)", [list(ids)]):
                parties.follow(self._definition, row, ["name"], at)

    def _keep(self, batch: Batch, told: verdicts.Told) -> None:
        self._kept[0].write(outcome_text(told.lines(batch)))
        lost = [row for _number, row in sorted([*told.rejected(batch)], key=lambda one: one[0])]
        self._kept[1].write(rejected_text(lost))

    # -- the end -----------------------------------------------------------------------------------------------------
    def _finish(self, done: Loaded) -> None:
        if isinstance(self._end, Unloadable):
            done.fault = self._end.told if isinstance(self._end, _Garbage) else _cut(self._end)
            self._kept[0].write(outcome_text([(0, "", "bad", (done.fault,))]))
        if getattr(self._source, "ends_open", False):
            done.notes = (make("no-line-end"),)
        if self._load:
            marks.finish(
                self._actor, self._definition, self._load, sha256=self._source.digest,
                fault=done.fault.zh if done.fault else "", at=self._clock(),
            )  # fmt: skip


class _Garbage(Unloadable):
    def __init__(self, told: Fault) -> None:
        super().__init__(told.zh)
        self.told = told


def _cut(fault: Unloadable) -> Fault:
    return make("file-cut", why=str(fault.message))


def _numbered(source: Source) -> Generator[tuple[int, Any], None, None]:
    """A generator, so that closing it closes what the source has open."""
    with closing(source.rows()) as found:
        yield from enumerate(found, 1)


def _take(numbered: Iterator[tuple[int, Any]], count: int) -> tuple[list[tuple[int, Any]], Unloadable | None]:
    """So many rows; and what stands against reading more. What was read before a fault is not lost."""
    taken: list[tuple[int, Any]] = []
    try:
        while len(taken) < count and (one := next(numbered, None)) is not None:
            taken.append(one)
    except Unloadable as fault:
        return taken, fault
    return taken, None


class _Codes:
    """The code tables of a definition as sets."""

    def __init__(self, definition: Definition) -> None:
        tables = {one.code_table for one in definition.fields if one.code_table}
        self._sets = {table: {one.code for one in standards.list_codes(table)} for table in tables}

    def __call__(self, table: str, code: str) -> bool:
        return code in self._sets[table]
