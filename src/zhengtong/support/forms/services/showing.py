"""A filled form for reading: by step, in words, masked unless told otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.texts import Texts, localised
from zhengtong.support.files import queries as files
from zhengtong.support.files.services import StoredFile

from ..providers import OPTIONS
from ..rules.form import DISPUTES, Field, Form, Kind
from ..rules.reading import note
from ..rules.visibility import visible_fields
from .prefilling import Prefilled
from .protecting import masked


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One answer in words. `is_masked`: a personal value is hidden."""

    name: str
    label: str
    text: str
    files: tuple[StoredFile, ...] = ()
    is_date: bool = False
    is_masked: bool = False
    source: Texts | str = ""
    dispute: str = ""


@dataclass(frozen=True, slots=True)
class StepSummary:
    key: str
    label: str
    rows: tuple[SummaryRow, ...]


def summarise(
    form: Form,
    data: Mapping[str, Any],
    *,
    prefilled: Mapping[str, Prefilled] | None = None,
    unmasked: bool = False,
    on: date | None = None,
) -> list[StepSummary]:
    """The answers by step, those that apply. `data` may be protected; `unmasked` shows it as it is (then revealed).

    `on`: the day it was filed; codes have the names they had then.
    """
    shown = dict(data) if unmasked else masked(form, data)
    stored = files.files_by_uuid(files_in(form, data))
    sources = prefilled or {}
    rows = {
        one.name: _row(
            one, shown, is_masked=one.is_personal and not unmasked, stored=stored, answer=sources.get(one.name), on=on
        )
        for one in visible_fields(form, data)
    }
    steps = [(step, tuple(rows[one.name] for one in step.fields if one.name in rows)) for step in form.steps]
    return [StepSummary(step.key, step.label, listed) for step, listed in steps if listed]


def value_text(field: Field, value: Any, on: date | None = None) -> str:
    """A value in words: the title of a code (as it was on the day), 是 or 否, several joined."""
    if value is None or value in ("", []):
        return ""
    if field.kind is Kind.BOOLEAN and isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return _("、").join(localised(field.enum_titles.get(item, str(item))) for item in value)
    if field.table and (option := OPTIONS.get(field.table).find(str(value), on)):
        return _("%(title)s（%(code)s）") % {"title": localised(option.title), "code": option.code}
    return localised(field.enum_titles.get(str(value), str(value)))


def _row(
    one: Field,
    shown: Mapping[str, Any],
    *,
    is_masked: bool,
    stored: Mapping[UUID, StoredFile],
    answer: Prefilled | None,
    on: date | None,
) -> SummaryRow:
    value = shown.get(one.name)
    return SummaryRow(
        name=one.name,
        label=one.label,
        text="" if one.is_file else value_text(one, value, on),
        files=tuple(stored[uuid] for uuid in uuids_in(value) if uuid in stored) if one.is_file else (),
        is_date=one.format == "date" and not is_masked,
        is_masked=is_masked and value not in (None, ""),
        source=answer.source if answer and answer.found else "",
        dispute=note(shown, DISPUTES, one.name),
    )


def files_in(form: Form, data: Mapping[str, Any]) -> Iterable[UUID]:
    """The files that the answers name; `data` in the clear."""
    for one in form.fields.values():
        if one.is_file:
            yield from uuids_in(data.get(one.name))


def uuids_in(value: Any) -> list[UUID]:
    """The uuids in a file field's value; anything else is no file."""
    found = []
    for item in value if isinstance(value, list) else [value]:
        try:
            found.append(UUID(item))
        except (ValueError, TypeError, AttributeError):
            continue
    return found
