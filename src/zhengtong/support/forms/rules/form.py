"""A compiled form as plain values: steps of fields. Made by `compiling.compile_definition` only."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhengtong.kernel.texts import Texts, localised
from zhengtong.support.expressions.services import Expression

DISPUTES = "$disputes"  # data: {field name: what the applicant says is wrong with a prefilled value}
TYPED = "$typed"  # data: {field name: what was typed and could not be understood}, only until it is mended
ANSWERS = "$answers"  # data: {question: answer} given before the form; whoever files judges them, none is submitted
CONTROLS = (DISPUTES, TYPED, ANSWERS)
OTHER = "*"  # the value of a chosen field when it is none of the register's records, and not yet written which


class Kind(enum.StrEnum):
    """What a field's value is."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICES = "choices"  # a list of enum values
    FILE = "file"  # the uuid of a stored file
    FILES = "files"  # a list of them


class Widget(enum.StrEnum):
    TEXT = "text"
    TEXTAREA = "textarea"
    NUMBER = "number"
    DATE = "date"
    SELECT = "select"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class PrefillRef:
    """`key` names the form field whose value picks the record; empty: the party's own.

    `choose`: the party has several records and picks one of them with this very field.
    """

    register: str
    field: str
    key: str = ""
    choose: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A rule between fields: it must hold once all fields it reads are filled. The message stands at `field`."""

    condition: Expression
    field: str
    message: Texts


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    title: Texts
    kind: Kind
    widget: Widget
    schema: Mapping[str, Any]  # JSON Schema of the value, without extensions, with the default lengths filled in
    help: Texts | str = ""
    example: Texts | str = ""
    is_required: bool = False
    is_personal: bool = False
    enum_titles: Mapping[str, Texts] = field(default_factory=dict)
    table: str = ""
    prefill: PrefillRef | None = None
    condition: Expression | None = None
    data_element: str = ""

    @property
    def label(self) -> str:
        return localised(self.title)

    @property
    def format(self) -> str:
        return self.schema.get("format", "")

    @property
    def must_be_ticked(self) -> bool:
        """A declaration: only yes will do."""
        return self.kind is Kind.BOOLEAN and self.schema.get("const") is True

    @property
    def is_file(self) -> bool:
        return self.kind in (Kind.FILE, Kind.FILES)

    @property
    def is_choice(self) -> bool:
        return bool(self.enum_titles or self.table)


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    title: Texts
    fields: tuple[Field, ...]

    @property
    def label(self) -> str:
        return localised(self.title)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.fields)

    @property
    def has_files(self) -> bool:
        return any(one.is_file for one in self.fields)


@dataclass(frozen=True)
class Form:
    """A checked form. `fields` are in the order of the layout. Immutable, shared between requests."""

    steps: tuple[Step, ...]
    checks: tuple[Check, ...]
    definition: Mapping[str, Any]
    fields: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", {one.name: one for step in self.steps for one in step.fields})

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)

    def step_of(self, name: str) -> Step:
        return next(step for step in self.steps if name in step.names)

    def after(self, key: str) -> Step | None:
        """The step that follows; None after the last."""
        return self._beside(key, 1)

    def before(self, key: str) -> Step | None:
        return self._beside(key, -1)

    def _beside(self, key: str, by: int) -> Step | None:
        at = [step.key for step in self.steps].index(key) + by
        return self.steps[at] if 0 <= at < len(self.steps) else None

    def steering(self, step: Step) -> frozenset[str]:
        """The fields of a step on which another field of the same step depends: a change redraws the step."""
        read = {name for one in step.fields if one.condition for name in one.condition.fields_of("form")}
        read |= {one.prefill.key for one in step.fields if one.prefill and one.prefill.key}
        return frozenset(read) & step.names
