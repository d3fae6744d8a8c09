"""Rules become Ibis expressions, and those the SQL of an engine. Imported only where rules run: Ibis takes a second.

`Compiler.looked_at` and `Compiler.failing` give relations of (id, uuid, division); `sql` says one for an engine.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.common.exceptions import IbisError

from ..definition.model import Definition, Type
from ..definition.rules import Axis, Condition, Reference, Rule
from . import relations

__all__ = ["AREA", "DIALECTS", "Compiler", "IbisError", "sql"]

AREA = 6  # digits of a county's code
DIALECTS = ("postgres", "duckdb")


def sql(expression: ir.Table, engine: str) -> str:
    """The statement for an engine. Percent signs are as they are: execute it without parameters."""
    return str(ibis.to_sql(expression, dialect=engine))


class Compiler:
    """For one register on one day. `fields`: register → the fields whose columns the relations have."""

    def __init__(
        self, definition: Definition, others: Mapping[str, Definition], fields: Mapping[str, Any], today: date
    ) -> None:  # fmt: skip
        self._definition, self._today = definition, today
        self._others, self._fields = {**others, definition.key: definition}, fields
        self._divisions = ibis.table(relations.DIVISION_COLUMNS, name=relations.DIVISIONS)

    def table(self, register: str) -> ir.Table:
        definition = self._others[register]
        found = relations.columns(definition, self._fields.get(register, ()))
        return ibis.table({name: kind for name, (_what, kind) in found.items()}, name=relations.name_of(definition))

    # -- what a rule looks at, and what fails ------------------------------------------------------------------------
    def looked_at(self, rule: Rule) -> ir.Table:
        return self._shown(self._subject(rule))

    def failing(self, rule: Rule) -> ir.Table:
        subject = self._subject(rule)
        if rule.fails is not None:
            return self._shown(subject.filter(self._condition(rule.fails, subject)))
        if rule.repeated:
            return self._shown(_repeated(subject, rule.repeated))
        if rule.opened is not None:
            return self._shown(subject.filter(subject["flags"].contains(f"|{rule.key}|")))
        if rule.matched:
            return self._shown(subject.semi_join(self._pairs(subject, rule.matched), "id"))
        for one in rule.unmatched:
            subject = subject.anti_join(self._pairs(subject, one), "id")
        return self._shown(subject)

    def _subject(self, rule: Rule) -> ir.Table:
        """The records the rule is about; of a reference or a repetition those that have the values at all."""
        table = self.table(self._definition.key)
        filled = [*rule.repeated, *rule.opened_fields, *(name for one in rule.references for name in one.by)]
        parts = [table[name].notnull() for name in dict.fromkeys(filled)]
        if rule.of:
            parts.append(self._condition(rule.of, table))
        return table.filter(parts) if parts else table

    def _shown(self, table: ir.Table) -> ir.Table:
        one = relations.division_field(self._definition)
        division = table[one.name].left(AREA).fill_null("") if one else ibis.literal("")
        return table.select(id=table["id"], uuid=table["uuid"], division=division)

    def _pairs(self, subject: ir.Table, reference: Reference) -> ir.Table:
        """Ids of records for which the other register has one."""
        other = self.table(reference.register).view()
        found, on = subject, []
        for number, (field, theirs) in enumerate(reference.by.items()):
            link = relations.link_for(self._definition, field, self._others[reference.register], theirs)
            if link is None:
                on.append(found[field] == other[theirs])
                continue
            linked = ibis.table(relations.LINK_COLUMNS, name=link.name).rename(
                {f"linked_id_{number}": "id", f"linked_key_{number}": "key"}
            )
            if link.register == self._definition.key and link.field == field:
                found = found.inner_join(linked, found["id"] == linked[f"linked_id_{number}"])
                on.append(found[f"linked_key_{number}"] == other[theirs])
            else:
                found = found.inner_join(linked, found[field] == linked[f"linked_key_{number}"])
                on.append(found[f"linked_id_{number}"] == other["id"])
        if reference.where:
            on.append(self._condition(reference.where, other, found))
        return found.inner_join(other, on, rname="other_{name}").select("id").distinct()

    # -- conditions --------------------------------------------------------------------------------------------------
    def condition(self, condition: Condition) -> ir.BooleanValue:
        """A condition on the register's own relation."""
        return self._condition(condition, self.table(self._definition.key))

    def _condition(self, condition: Condition, table: ir.Table, own: ir.Table | None = None) -> ir.BooleanValue:
        parts = [self._test(table[name], test, table, own) for name, test in sorted(condition.items())]
        return reduce(operator.and_, parts)

    def _test(self, column: Any, test: Any, table: ir.Table, own: ir.Table | None) -> ir.BooleanValue:
        if not isinstance(test, Mapping):
            return column.isin(test) if isinstance(test, list) else column == test
        ((name, operand),) = test.items()
        if name == "division":
            return self._division(column, operand)
        if name in _SIMPLE:
            return _SIMPLE[name](column, operand)
        value = self._operand(operand, table, own, is_day=column.type().is_date())
        if name == "differs":
            digits = operand.get("digits", AREA)
            return column.left(digits) != value.left(digits)
        return _COMPARISONS[name](column, value)

    def _operand(self, operand: Any, table: ir.Table, own: ir.Table | None, *, is_day: bool) -> Any:
        if not isinstance(operand, Mapping):
            return ibis.date(operand) if is_day else operand
        value: Any
        if "today" in operand:
            value = ibis.date(self._today.isoformat())
        else:
            value = table[operand["field"]] if "field" in operand else (table if own is None else own)[operand["own"]]
        if years := operand.get("years"):
            value = value + ibis.interval(years=years)
        if days := operand.get("days"):
            value = value + ibis.interval(days=days)
        return value

    def _division(self, column: Any, operand: str) -> ir.BooleanValue:
        area, known = column.left(AREA), self._divisions
        if operand == "unknown":
            return area.notin(known["code"])
        return area.isin(known.filter(~known["is_present"])["code"])

    # -- statistics --------------------------------------------------------------------------------------------------
    def counts(self, of: Condition, axes: tuple[Axis, ...]) -> ir.Table:
        """(division, a0, a1, …, n): how many records there are of each; a value that is missing is an empty text."""
        table = self.table(self._definition.key)
        table = table.filter(self._condition(of, table)) if of else table
        division = relations.division_field(self._definition)
        columns = {"division": table[division.name].left(AREA) if division else ibis.literal("")}
        columns |= {f"a{number}": self._category(table, axis) for number, axis in enumerate(axes)}
        chosen = table.select(**{name: column.fill_null("") for name, column in columns.items()})
        return chosen.group_by(list(columns)).agg(n=chosen.count())

    def _category(self, table: ir.Table, axis: Axis) -> Any:
        column = table[axis.field]
        if self._definition.by_name[axis.field].type is Type.DATE:
            return _band(column, axis.bands, self._today)
        return column.left(axis.digits) if axis.digits else column


def _repeated(subject: ir.Table, names: tuple[str, ...]) -> ir.Table:
    counted = subject.mutate(same=subject.count().over(group_by=[subject[name] for name in names]))
    return counted.filter(counted["same"] > 1)


def _band(born: Any, bands: tuple[int, ...], today: date) -> Any:
    """The number of the band of age on a day: who is 15 that day is in the band from 15 on."""
    branches = [(born <= _years_before(today, age), str(age)) for age in sorted(bands, reverse=True)]
    return ibis.cases(*branches, else_=ibis.null("string"))


def _years_before(day: date, years: int) -> ir.DateValue:
    """The last day of birth of whoever is so old; whoever was born on 29 February is older on 1 March."""
    try:
        return ibis.date(day.replace(year=day.year - years).isoformat())
    except ValueError:
        return ibis.date(day.replace(year=day.year - years, day=28).isoformat())


_SIMPLE: dict[str, Callable[[Any, Any], Any]] = {
    "is": lambda column, asked: column.isnull() if asked == "missing" else column.notnull(),
    "matches": lambda column, pattern: column.re_search(pattern),
    "lacks": lambda column, pattern: ~column.re_search(pattern),
}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "before": operator.lt, "after": operator.gt, "below": operator.lt, "above": operator.gt,
    "not": lambda column, value: column.notin(value) if isinstance(value, list) else column != value,
    "begins": lambda column, value: column.startswith(value),
}  # fmt: skip
