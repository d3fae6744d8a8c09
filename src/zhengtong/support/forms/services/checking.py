"""Is the form filled in properly? Every fault of every field, with the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import FieldError
from zhengtong.kernel.texts import localised
from zhengtong.support.files import queries as files

from ..providers import OPTIONS
from ..rules import checking, visibility
from ..rules.form import OTHER, TYPED, Field, Form, Kind, Step
from ..rules.reading import note, without_controls
from .prefilling import Prefilled, with_prefilled

SHOWN_MATCHES = 20


def validate(
    form: Form,
    data: Mapping[str, Any],
    step: Step | str | None = None,
    prefilled: Mapping[str, Prefilled] | None = None,
    *,
    at: datetime,
    actor: Actor | None = None,
) -> list[FieldError]:
    """The faults of a step, or of the whole form, in the order of the layout. Empty: it may go on.

    Fields that do not apply are not asked for. A register's own value is not judged here. With `actor`, files must have
    been handed in for the same party. `data` may come from anywhere, also from a JSON interface.
    """
    if not isinstance(data, Mapping):
        return [FieldError("", _("内容应为一个 JSON 对象。"))]
    prefilled = prefilled or {}
    merged = with_prefilled(data, prefilled)
    step = form.step(step) if isinstance(step, str) else step
    asked = [one for one in visibility.visible_fields(form, merged) if step is None or one.name in step.names]
    faults = [] if step else list(_unknown(form, data))
    for one in asked:
        answer = prefilled.get(one.name)
        if answer and answer.choices and _is_unchosen(answer, data.get(one.name)):
            faults.append(FieldError(one.name, _("请选择是哪一个；都不是的，请选“其他”并写明。"), one.label))
        elif not (answer and answer.found):
            faults += [FieldError(one.name, fault, one.label) for fault in _field_faults(one, merged, at, actor)]
    faults += _check_faults(form, merged, {one.name for one in asked}, {fault.path for fault in faults})
    place = {name: number for number, name in enumerate(form.fields)}
    return sorted(faults, key=lambda fault: place.get(fault.path, -1))


def _is_unchosen(answer: Prefilled, value: Any) -> bool:
    return value == OTHER or (answer.must_choose and checking.is_empty(value))


def _unknown(form: Form, data: Mapping[str, Any]) -> Iterator[FieldError]:
    for name in without_controls(data):
        if name not in form.fields:
            yield FieldError(str(name)[:64], _("表单中没有这一项，请删去。"), str(name)[:64])


def _field_faults(field: Field, data: Mapping[str, Any], at: datetime, actor: Actor | None) -> list[str]:
    if typed := note(data, TYPED, field.name):
        return [_misunderstood(field, typed)]
    value = data.get(field.name)
    if checking.is_empty(value):
        return [checking.required_fault(field)] if field.is_required else []
    faults = checking.value_faults(field, value, china_date(at))
    if not faults and field.table:
        return _code_faults(field, str(value))
    if not faults and field.is_file:
        return _file_faults(value if isinstance(value, list) else [value], actor)
    return faults


def _misunderstood(field: Field, typed: str) -> str:
    if not field.table:
        whole = field.kind is Kind.INTEGER
        return _("应为整数，例如 12。") if whole else _("应为数字，例如 120 或 120.5。")
    matches = len(OPTIONS.get(field.table).search(typed, SHOWN_MATCHES + 1))
    if not matches:
        return _("没有找到与“%s”相符的项目，请换一个词再查找。") % typed
    if matches > SHOWN_MATCHES:
        return _("与“%s”相符的项目较多，请从列出的项目中选择，或多写几个字再查找。") % typed
    return _("与“%(typed)s”相符的有 %(count)s 项，请从中选择一项。") % {"typed": typed, "count": matches}


def _code_faults(field: Field, value: str) -> list[str]:
    option = OPTIONS.get(field.table).find(value)
    if option is None:
        return [_("代码“%s”不在代码表中，请重新选择。") % value]
    if not option.is_valid:
        return [_("“%s”已停用，请改选现行的项目。") % localised(option.title)]
    return [] if option.is_selectable else [_("“%s”是大类，请选择其下的具体项目。") % localised(option.title)]


def _file_faults(values: list[Any], actor: Actor | None) -> list[str]:
    try:
        wanted = {UUID(value) for value in values}
    except (ValueError, AttributeError, TypeError):
        return [_("请重新上传文件。")]
    found = files.files_by_uuid(wanted)
    if len(found) < len(wanted) or any(actor and not file.belongs_to(actor) for file in found.values()):
        return [_("找不到已上传的文件，请重新上传。")]
    return []


def _check_faults(form: Form, data: Mapping[str, Any], asked: set[str], faulty: set[str]) -> Iterator[FieldError]:
    """Rules between fields, at the step that asks for the field where the message stands."""
    counted = visibility.visible_data(form, data)
    for check in form.checks:
        read = check.condition.fields_of("form")
        answered = all(not checking.is_empty(counted.get(name)) for name in read)
        if check.field in asked and answered and not read & faulty and not check.condition.truth({"form": counted}):
            yield FieldError(check.field, localised(check.message), form.fields[check.field].label)
