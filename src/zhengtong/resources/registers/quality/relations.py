"""The relations that rules are compiled over: the same names, columns and types on every engine.

An encrypted field is its blind index in hexadecimal, a geometry whether there is one. Statements only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from ..definition.model import BOX, Definition, Field, Type
from ..definition.rules import Reference, Rule, operands

DIVISIONS = "quality_divisions"  # (code, is_present): six digits, of today and of the past
DIVISION_COLUMNS = {"code": "string", "is_present": "boolean"}
LINK_COLUMNS = {"id": "int64", "key": "string"}
OWN = {
    "id": ("id", "int64"), "uuid": ("uuid::text", "string"),
    "flags": ("'|' || array_to_string(flags, '|') || '|'", "string"),
    "recorded_on": ("(recorded_at AT TIME ZONE 'Asia/Shanghai')::date", "date"), "valid_from": ("valid_from", "date"),
}  # fmt: skip
_KINDS = {
    Type.DATE: "date", Type.INTEGER: "int64", Type.MONEY: "int64", Type.DECIMAL: "float64", Type.BOOLEAN: "boolean",
    Type.DEGREES: "float64",
}  # fmt: skip


def name_of(definition: Definition) -> str:
    return f"quality_{definition.key.replace('-', '_')}"


def division_field(definition: Definition) -> Field | None:
    """By which division a record is counted: the first required code of one."""
    return next((one for one in definition.fields if one.type is Type.DIVISION and one.is_required), None)


def columns(definition: Definition, names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Column → (expression over the compiled table, type for Ibis): a record's own, and these fields."""
    found = dict(OWN)
    division = division_field(definition)
    for name in dict.fromkeys([*([division.name] if division else []), *names]):
        one = definition.find(name)
        if one is not None:
            found |= _columns_of(one)
    return found


def _columns_of(one: Field) -> dict[str, tuple[str, str]]:
    if one.is_encrypted:
        return {one.name: (f"encode({one.index_column}, 'hex')", "string")}
    if one.type is Type.GEOMETRY:
        sides = {f"{one.name}_{side}": (f"{one.name}_{side}", "float64") for side in BOX}
        return {one.name: (f"CASE WHEN {one.name} IS NOT NULL THEN 'geometry' END", "string"), **sides}
    if one.type is Type.DECIMAL:
        return {one.name: (f"{one.name}::double precision", "float64")}
    kind = _KINDS.get(one.type, "string")
    return {one.name: (f"{one.name}::text" if kind == "string" else one.name, kind)}


def selection(definition: Definition, names: Iterable[str]) -> str:
    """The statement that gives the relation out of the compiled table."""
    chosen = ", ".join(f"{what} AS {name}" for name, (what, _kind) in columns(definition, names).items())
    return f"SELECT {chosen} FROM {definition.table}"  # noqa: S608  (names of a checked definition)


# -- links ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Link:
    """Blind indexes of `field` drawn as if it stood in `context`, so that two encrypted columns can be compared.

    The same number has another index in every register, on purpose. A link lives as long as a run.
    """

    register: str
    field: str
    context_register: str
    context_field: str

    @property
    def name(self) -> str:
        text = "/".join((self.register, self.field, self.context_register, self.context_field))
        return f"quality_link_{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def link_for(own: Definition, field: str, other: Definition, theirs: str) -> Link | None:
    """The link through which two fields are compared; None where their columns are the same as they are."""
    mine, its = own.by_name[field], other.by_name[theirs]
    if (own.key, field) == (other.key, theirs) or not (mine.is_encrypted or its.is_encrypted):
        return None
    if its.is_encrypted:
        return Link(own.key, field, other.key, theirs)
    return Link(other.key, theirs, own.key, field)


def links_of(own: Definition, references: Iterable[Reference], others: dict[str, Definition]) -> list[Link]:
    found = [
        link_for(own, field, others[one.register], theirs) for one in references for field, theirs in one.by.items()
    ]
    return list(dict.fromkeys(one for one in found if one))


def fields_used(rules: Iterable[Rule], own: Definition) -> dict[str, set[str]]:
    """Register → the fields that these rules of `own` speak of."""
    found: dict[str, set[str]] = {own.key: set()}
    for rule in rules:
        found[own.key] |= set(rule.fields)
        for one in rule.references:
            theirs = {*one.by.values(), *one.where, *operands(one.where, "field")}
            found.setdefault(one.register, set()).update(theirs)
    return found
