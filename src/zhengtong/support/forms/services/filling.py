"""From a posted step to answers: what was typed, what was uploaded, and where to go next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import FieldError, ZhengtongError
from zhengtong.support.files import services as files

from ..providers import LONG_TABLE, OPTIONS
from ..rules import checking, reading
from ..rules.form import DISPUTES, OTHER, TYPED, Field, Form, Kind, Step
from .checking import validate
from .prefilling import Prefilled, prefill

ACTIONS = ("next", "back", "save", "refresh")


@dataclass(frozen=True, slots=True)
class StepResult:
    """A posted step. Keep `data` as draft whatever the errors; then show `goes_to`, or this step again where None.

    `prefilled` is what the registers say to these answers: another record may have been chosen in this very step.
    """

    data: dict[str, Any]
    errors: list[FieldError]
    action: str
    goes_to: Step | None
    prefilled: Mapping[str, Prefilled] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        """The last step is done: on to the confirmation."""
        return self.action == "next" and not self.errors and self.goes_to is None


def take_step(
    *,
    form: Form,
    step: Step,
    posted: reading.Posted,
    uploads: MultiValueDict[str, UploadedFile],
    current: Mapping[str, Any],
    prefilled: Mapping[str, Prefilled],
    actor: Actor,
    at: datetime,
) -> StepResult:
    """One POST of the stepper. `action` is next (checked), back, save or refresh (kept as they are)."""
    data = read_post(form, step, posted, current=current, prefilled=prefilled)
    if chosen := _chosen_anew(step, data, prefilled):
        prefilled = prefill(form, actor.party_urn, actor, at, data=data)
        data = _without_former(form, chosen, read_post(form, step, posted, current=data, prefilled=prefilled))
    data, errors = store_uploads(form, step, uploads, data, actor=actor, at=at)
    action = posted.get("action", "next")
    action = action if action in ACTIONS else "next"
    if action == "next":
        named = {error.path for error in errors}
        errors += [
            fault for fault in validate(form, data, step, prefilled, at=at, actor=actor) if fault.path not in named
        ]
        return StepResult(data, errors, action, None if errors else form.after(step.key), prefilled)
    return StepResult(data, errors, action, form.before(step.key) if action == "back" else None, prefilled)


def _chosen_anew(step: Step, data: Mapping[str, Any], prefilled: Mapping[str, Prefilled]) -> set[str]:
    """The fields by which another of the party's records was chosen than the one shown."""
    asked = {one.name: prefilled[one.name] for one in step.fields if one.name in prefilled}
    return {n for n, shown in asked.items() if shown.choices and data.get(n) and data[n] != shown.value}


def _without_former(form: Form, chosen: set[str], data: dict[str, Any]) -> dict[str, Any]:
    """What was said against the values of the record shown before is not said against those of this one."""
    for one in form.fields.values():
        if one.prefill and one.prefill.key in chosen:
            reading.set_control(data, DISPUTES, one.name, "")
    return data


def read_post(
    form: Form,
    step: Step | str | None,
    posted: reading.Posted,
    *,
    current: Mapping[str, Any] | None = None,
    prefilled: Mapping[str, Prefilled] | None = None,
) -> dict[str, Any]:
    """`current` with the answers of a step (None: of all steps) as posted.

    Ignored: values for fields a register filled (only the dispute is read), and file references: those come from
    `store_uploads` alone, so nobody can name another's file.
    """
    step = form.step(step) if isinstance(step, str) else step
    data = dict(current or {})
    for one in step.fields if step else form.fields.values():
        if prefilled and one.name in prefilled and prefilled[one.name].choices:
            _choose(one, posted, data)
        elif prefilled and one.name in prefilled and prefilled[one.name].found:
            data.pop(one.name, None)
            reading.set_control(data, DISPUTES, one.name, reading.read_note(one, posted))
        elif one.is_file:
            _drop_removed(one, posted, data)
        else:
            _read(one, posted, data)
    return data


def store_uploads(
    form: Form,
    step: Step | str | None,
    uploads: MultiValueDict[str, UploadedFile],
    data: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> tuple[dict[str, Any], list[FieldError]]:
    """`data` with the references of what was uploaded, and the faults of files that were refused, by field."""
    step = form.step(step) if isinstance(step, str) else step
    kept, errors = dict(data), []
    for one in step.fields if step else form.fields.values():
        if not one.is_file:
            continue
        room = one.schema.get("maxItems", 1) if one.kind is Kind.FILES else 1
        for upload in uploads.getlist(one.name)[: room + 1]:
            held = kept.get(one.name) or [] if one.kind is Kind.FILES else []
            if len(held) >= room:
                errors.append(FieldError(one.name, _("最多上传 %s 个文件，多出的没有保存。") % room, one.label))
                break
            try:
                stored = str(files.store(upload, upload.name or "", actor=actor, at=at, purpose="form").uuid)
            except ZhengtongError as refused:
                errors.append(FieldError(one.name, _said(refused), one.label))
            else:
                kept[one.name] = [*held, stored] if one.kind is Kind.FILES else stored
    return kept, errors


def _said(refused: ZhengtongError) -> str:
    return _("%(message)s%(remedy)s") % {"message": refused.message, "remedy": refused.remedy}


def _drop_removed(one: Field, posted: reading.Posted, data: dict[str, Any]) -> None:
    removed = set(posted.getlist(f"{one.name}.remove"))
    held = data.get(one.name)
    kept = [value for value in (held if isinstance(held, list) else [held] if held else []) if value not in removed]
    data.pop(one.name, None)
    if kept:
        data[one.name] = kept if one.kind is Kind.FILES else kept[0]


def _choose(one: Field, posted: reading.Posted, data: dict[str, Any]) -> None:
    """The record chosen, or what was written for another; a page that did not ask changes nothing."""
    chosen = reading.clean(str(posted.get(one.name) or "")[: reading.MAX_TYPED])
    if chosen == OTHER:
        data[one.name] = reading.clean(str(posted.get(f"{one.name}.other") or "")[: reading.MAX_TYPED]) or OTHER
    elif chosen:
        data[one.name] = chosen


def _read(one: Field, posted: reading.Posted, data: dict[str, Any]) -> None:
    value, typed = reading.read_field(one, posted)
    if one.table and value:
        value, typed = _code(one, str(value), str(posted.get(f"{one.name}.choice") or ""))
    data.pop(one.name, None)
    reading.set_control(data, TYPED, one.name, typed)
    if not checking.is_empty(value):
        data[one.name] = value


def _code(one: Field, typed: str, chosen: str) -> tuple[str | None, str]:
    """The code meant by what was typed: itself a code, `code title`, or words with exactly one match."""
    source = OPTIONS.get(one.table)
    for code in (chosen, typed, typed.partition(" ")[0]):
        if code and source.find(code):
            return code, ""
    if source.count() <= LONG_TABLE:
        return typed, ""
    matches = source.search(typed, 2)
    return (matches[0].code, "") if len(matches) == 1 else (None, typed)
