"""SQL of the ORM, made once: for the reads and writes that happen in every act.

Django turns a query set or a model into SQL anew each time, which takes it a quarter of a millisecond: longer than the
database needs to answer (measured in ADR 18). What is made here says the same in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=models.Model)
populators_of: Callable[..., Sequence[Any]] = get_related_populators  # the stubs are of another Django


class Given(models.Expression):
    """Stands in a query set for the value that is given by this name when it runs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ARG002
        return "%s", (self,)


class Compiled(Generic[M]):
    """A query set of whole models: `Compiled(lambda: Case.objects.filter(uuid=Given("uuid")))`."""

    def __init__(self, build: Callable[[], models.QuerySet[M]]) -> None:
        self._build = build
        self._plan: _Plan | None = None

    def all(self, **given: Any) -> list[M]:
        """The rows; every `Given` of the query set is named. TransactionManagementError: it locks, outside of one."""
        plan = self._plan = self._plan or _plan_of(self._build())
        if plan.locks and not connection.in_atomic_block:
            raise TransactionManagementError("rows are locked inside a transaction only")
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, [given[p.name] if isinstance(p, Given) else p for p in plan.parameters])
            return [plan.read(row) for row in cursor.fetchall()]

    def first(self, **given: Any) -> M | None:
        """The first row, where there is one."""
        return next(iter(self.all(**given)), None)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What Django's compiler made of a query set, and how a row becomes a model."""

    sql: str
    parameters: tuple[Any, ...]
    locks: bool
    model: Any
    fields: tuple[str, ...]
    start: int
    end: int
    converters: tuple[tuple[int, tuple[Any, ...], Any], ...]
    related: Sequence[Any]

    def read(self, row: Sequence[Any]) -> Any:
        values = list(row)
        for place, converters, expression in self.converters:
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        read = self.model.from_db(connection.alias, self.fields, values[self.start : self.end])
        for populator in self.related:
            populator.populate(values, read)
        return read


def _plan_of(rows: models.QuerySet[Any]) -> _Plan:
    compiler = rows.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    select, info = compiler.select, compiler.klass_info
    places = info["select_fields"]
    start, end = places[0], places[-1] + 1
    converters = compiler.get_converters(tuple(expression for expression, _sql, _alias in select))
    return _Plan(
        sql=sql, parameters=tuple(parameters), locks=rows.query.select_for_update, model=info["model"],
        fields=tuple(expression.target.attname for expression, _sql, _alias in select[start:end]), start=start, end=end,
        converters=tuple((place, tuple(how), expression) for place, (how, expression) in converters.items()),
        related=populators_of(info, select, connection.alias),
    )  # fmt: skip


def insert(row: M) -> M:
    """Store a new row, as `row.save(force_insert=True)` does; no signal is sent."""
    sql, fields = _insertion(type(row))
    with connection.cursor() as cursor:
        cursor.execute(sql, [f.get_db_prep_save(f.pre_save(row, add=True), connection) for f in fields])
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias
    return row


@cache
def _insertion(model: Any) -> tuple[str, tuple[Any, ...]]:
    fields = tuple(f for f in model._meta.concrete_fields if not f.primary_key)
    columns = ", ".join(_quoted(f.column) for f in fields)
    places = ", ".join(["%s"] * len(fields))
    pk = _quoted(model._meta.pk.column)
    return f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) VALUES ({places}) RETURNING {pk}", fields  # noqa: S608


def update(row: models.Model, *names: str) -> None:
    """Store these fields, as `row.save(update_fields=names)` does; no signal is sent. LookupError: the row is gone."""
    sql, fields = _change(type(row), names)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(f.get_db_prep_save(f.pre_save(row, add=False), connection) for f in fields), row.pk])
        if cursor.rowcount != 1:
            raise LookupError(f"{type(row).__name__} {row.pk} is gone")


@cache
def _change(model: Any, names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    fields = tuple(model._meta.get_field(name) for name in names)
    settings = ", ".join(f"{_quoted(f.column)} = %s" for f in fields)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {settings} WHERE {_quoted(model._meta.pk.column)} = %s", fields  # noqa: S608


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
