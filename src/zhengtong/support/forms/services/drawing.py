"""One step as its page needs it: fields that apply, with what was typed, what is wrong, and what may be chosen."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.errors import FieldError
from zhengtong.kernel.texts import Texts, localised
from zhengtong.support.files import queries as files
from zhengtong.support.files.services import StoredFile

from ..providers import LONG_TABLE, OPTIONS, OptionSource
from ..rules.form import DISPUTES, OTHER, TYPED, Field, Form, Kind, Step, Widget
from ..rules.masking import mask_of
from ..rules.reading import note
from ..rules.visibility import visible_fields
from .checking import SHOWN_MATCHES
from .prefilling import Prefilled, with_prefilled
from .showing import uuids_in, value_text


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool
    is_selectable: bool = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """A field on the page. `part` names its template."""

    field: Field
    part: str
    value: str = ""
    faults: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    held: tuple[StoredFile, ...] = ()
    source: Texts | str = ""
    as_of: datetime | None = None
    dispute: str = ""
    steers: bool = False
    is_free: bool = False  # bound to a register that had nothing: says so
    attributes: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def described_by(self) -> str:
        """The ids of help, example and fault, for screen readers."""
        parts = {"h": self.field.help, "x": self.field.example, "e": self.faults}
        return " ".join(f"{letter}-{self.name}" for letter, there in parts.items() if there)


def draw(
    form: Form,
    step: Step,
    data: Mapping[str, Any],
    errors: Iterable[FieldError] = (),
    prefilled: Mapping[str, Prefilled] | None = None,
) -> list[Drawn]:
    """The fields of a step that apply, in order. At most one query for files, one for each code table."""
    prefilled = prefilled or {}
    merged = with_prefilled(data, prefilled)
    shown = [one for one in visible_fields(form, merged) if one.name in step.names]
    stored = files.files_by_uuid(uuid for one in shown if one.is_file for uuid in uuids_in(data.get(one.name)))
    steering, faults = form.steering(step), _by_field(errors)
    drawn = []
    for one in shown:
        answer = prefilled.get(one.name)
        if answer and answer.choices:
            one_drawn = _draw_choice(one, answer, data.get(one.name), merged)
            drawn.append(replace(one_drawn, faults=faults.get(one.name, ()), steers=one.name in steering))
        elif answer and answer.found:
            drawn.append(_draw_prefilled(one, answer, note(data, DISPUTES, one.name)))
        else:
            plain = _draw(one, data, stored, is_free=answer is not None)
            drawn.append(replace(plain, faults=faults.get(one.name, ()), steers=one.name in steering))
    return drawn


def _draw_prefilled(one: Field, answer: Prefilled, dispute: str) -> Drawn:
    text = mask_of(one, answer.value) if one.is_personal else value_text(one, answer.value)
    return Drawn(one, "prefilled", text, source=answer.source, as_of=answer.as_of, dispute=dispute)


def _draw_choice(one: Field, answer: Prefilled, value: Any, merged: Mapping[str, Any]) -> Drawn:
    """The party's records, one of them marked, and a box for one that the register lacks."""
    shown = str(merged.get(one.name) or "")
    choices = tuple(Choice(choice.key, choice.label, choice.key == shown) for choice in answer.choices)
    is_other = not any(choice.is_chosen for choice in choices)
    choices += (Choice(OTHER, "", is_other),)
    written = str(value) if is_other and value not in (None, OTHER) else ""
    return Drawn(
        one, "choose", written, choices=choices, source=answer.source if answer.found else "", as_of=answer.as_of,
        attributes=_attributes(one),
    )  # fmt: skip


def _draw(one: Field, data: Mapping[str, Any], stored: Mapping[UUID, StoredFile], *, is_free: bool) -> Drawn:
    typed = note(data, TYPED, one.name)
    value = data.get(one.name, one.schema.get("default"))
    part, choices = _choices(one, value, typed)
    return Drawn(
        field=one,
        part=part,
        value=typed or _text(one, value),
        choices=choices,
        held=tuple(stored[uuid] for uuid in uuids_in(value) if uuid in stored) if one.is_file else (),
        is_free=is_free,
        attributes=_attributes(one),
    )


def _choices(one: Field, value: Any, typed: str) -> tuple[str, tuple[Choice, ...]]:
    """(template, choices) by widget; a long code table is searched instead of listed."""
    if one.table:
        source = OPTIONS.get(one.table)
        if source.count() > LONG_TABLE:
            matches = source.search(typed, SHOWN_MATCHES) if typed else ()
            return "lookup", tuple(Choice(option.code, _titled(option), False) for option in matches)
        listed = [Choice(o.code, localised(o.title), o.code == value, o.is_selectable) for o in source.options()]
        listed += _no_longer(source, value) if value and not any(choice.is_chosen for choice in listed) else []
        return ("radio" if one.widget is Widget.RADIO else "select"), tuple(listed)
    if one.enum_titles:
        chosen = set(value) if isinstance(value, list) else {value}
        listed = [Choice(code, localised(title), code in chosen) for code, title in one.enum_titles.items()]
        return {Widget.RADIO: "radio", Widget.CHECKBOX: "choices"}.get(one.widget, "select"), tuple(listed)
    if one.kind is Kind.BOOLEAN and one.widget is Widget.RADIO:
        return "radio", tuple(Choice(str(flag).lower(), value_text(one, flag), value is flag) for flag in (True, False))
    return one.widget.value, (Choice("true", "", value is True),) if one.widget is Widget.CHECKBOX else ()


def _no_longer(source: OptionSource, value: Any) -> list[Choice]:
    """A code in an old draft that is no longer in use: shown by its name, not to be chosen again."""
    option = source.find(str(value))
    if option is None or option.is_valid:
        return []
    return [Choice(option.code, _("%s（已停用）") % localised(option.title), True, is_selectable=False)]


def _titled(option: Any) -> str:
    return f"{option.code} {localised(option.title)}"


def _text(one: Field, value: Any) -> str:
    """What stands in the box."""
    if value is None or one.is_file or isinstance(value, bool | list):
        return ""
    if one.table and (option := OPTIONS.get(one.table).find(str(value))):
        return _titled(option)
    return str(value)


def _attributes(one: Field) -> dict[str, str]:
    """Hints for the browser: what keyboard to show, how much fits. The server checks all the same."""
    hints: dict[str, str] = {}
    if one.kind in (Kind.INTEGER, Kind.NUMBER):
        hints["inputmode"] = "numeric" if one.kind is Kind.INTEGER else "decimal"
    elif one.kind is Kind.TEXT and "maxLength" in one.schema and not one.table:
        hints["maxlength"] = str(one.schema["maxLength"])
    by_format = {"cn-mobile": {"inputmode": "tel", "autocomplete": "tel"}, "email": {"autocomplete": "email"},
                 "cn-id": {"autocapitalize": "characters", "autocomplete": "off", "maxlength": "24"},
                 "uscc": {"autocapitalize": "characters", "autocomplete": "off", "maxlength": "24"}}  # fmt: skip
    hints.update(by_format.get(one.format, {}))
    if one.format == "cn-mobile":
        hints["maxlength"] = "20"
    return hints


def _by_field(errors: Iterable[FieldError]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for error in errors or ():
        found[error.path] = (*found.get(error.path, ()), str(error.message))
    return found
