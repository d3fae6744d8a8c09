"""Runs the rules of a register on an engine. A rule that cannot be run says why; the others go on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from .. import catalogue
from ..definition.model import Definition
from ..definition.rules import Rule
from . import engines, relations
from .engines import Engine

MOST_FINDINGS = 1_000  # of a rule, kept after a run


@dataclass(frozen=True, slots=True)
class Found:
    """A record that fails."""

    id: int
    uuid: UUID
    division: str


@dataclass(slots=True)
class Outcome:
    """What came of a rule: counts by division, the first records that fail, and how many of `asked` do."""

    rule: Rule
    looked_at: dict[str, int] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    still: set[UUID] = field(default_factory=set)
    fault: str = ""

    @property
    def looked_at_in_all(self) -> int:
        return sum(self.looked_at.values())

    @property
    def failing_in_all(self) -> int:
        return sum(self.failing.values())


def run(
    definition: Definition, *, engine: str, today: date, asked: Mapping[str, Collection[UUID]] | None = None,
    most: int = MOST_FINDINGS,
) -> list[Outcome]:  # fmt: skip
    """Every rule of the register. `asked`: rule → records of which to say whether they fail still."""
    from .compiling import Compiler

    others, missing = _others(definition)
    usable = [rule for rule in definition.quality if rule.key not in missing]
    outcomes = {rule.key: Outcome(rule, fault=missing.get(rule.key, "")) for rule in definition.quality}
    fields = relations.fields_used(usable, definition)
    links = [link for rule in usable for link in relations.links_of(definition, rule.references, others)]
    known = {key: others[key] for key in {*fields, *(link.context_register for link in links)}}
    with engines.opened(engine, known, fields, list(dict.fromkeys(links))) as ready:
        compiler = Compiler(definition, others, fields, today)
        for rule in usable:
            _run_rule(compiler, ready, outcomes[rule.key], (asked or {}).get(rule.key, ()), most)
    return list(outcomes.values())


def _others(definition: Definition) -> tuple[dict[str, Definition], dict[str, str]]:
    """The registers that rules speak of; and by rule what is missing."""
    known, missing = {definition.key: definition}, {}
    for rule in definition.quality:
        for one in rule.references:
            other = known.get(one.register) or catalogue.find(one.register)
            if other is None:
                missing[rule.key] = _("没有名为“%s”的基础库。") % one.register
                continue
            known[one.register] = other
            if strange := [name for name in {*one.by.values(), *one.where} if other.find(name) is None]:
                missing[rule.key] = _("“%(register)s”没有名为“%(name)s”的数据项。") % {
                    "register": one.register, "name": strange[0],
                }  # fmt: skip
    return known, missing


def _run_rule(compiler: Any, engine: Engine, outcome: Outcome, asked: Collection[UUID], most: int) -> None:
    from .compiling import IbisError, sql

    try:
        looked_at, failing = compiler.looked_at(outcome.rule), compiler.failing(outcome.rule)
        with transaction.atomic():
            outcome.looked_at = dict(engine.run(sql(_by_division(looked_at), engine.name)))
            outcome.failing = dict(engine.run(sql(_by_division(failing), engine.name)))
            first = failing.order_by("id").limit(most)
            found = engine.run(sql(first, engine.name)) if outcome.failing else []
            outcome.found = [Found(number, UUID(text), division) for number, text, division in found]
            if asked and outcome.failing:
                wanted = failing.filter(failing["uuid"].isin([str(one) for one in asked])).select("uuid")
                outcome.still = {UUID(text) for (text,) in engine.run(sql(wanted, engine.name))}
    except (DatabaseError, engine.errors, IbisError) as fault:
        outcome.looked_at, outcome.failing, outcome.found = {}, {}, []
        outcome.fault = _("这条规则未能运行：%s") % str(fault).partition("\n")[0][:300]


def _by_division(records: Any) -> Any:
    return records.group_by("division").agg(n=records.count())
