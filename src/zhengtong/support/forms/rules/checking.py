"""Is a value good? Draft 2020-12 by jsonschema, with our formats, and messages that say how to mend it."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, ValidationError, validators

from zhengtong.kernel import identifiers, redaction
from zhengtong.kernel.texts import localised
from zhengtong.support.expressions.services import Pattern

from .form import Field, Kind

MAX_ITEMS = 500


# -- formats: None is good, else a message ----------------------------------------------------------------------------
def _uscc(text: str, today: date) -> str | None:  # noqa: ARG001
    return _said(identifiers.Kind.USCC, identifiers.check_uscc(text))


def _id_number(text: str, today: date) -> str | None:
    return _said(identifiers.Kind.ID_NUMBER, identifiers.check_id_number(text, today=today))


def _mobile(text: str, today: date) -> str | None:  # noqa: ARG001
    return _said(identifiers.Kind.MOBILE, identifiers.check_mobile(text))


def _said(kind: identifiers.Kind, fault: identifiers.Fault | None) -> str | None:
    return localised(identifiers.fault_text(kind, fault)) if fault else None


def _date(text: str, today: date) -> str | None:  # noqa: ARG001
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _("没有这一天。请按“年-月-日”填写，例如 2026-11-21。")
    return None if len(text) == 10 and 1850 <= day.year <= 2200 else _("年份应在 1850 至 2200 之间，例如 2026-11-21。")


def _email(text: str, today: date) -> str | None:  # noqa: ARG001
    name, _at, host = text.rpartition("@")
    good = name and "." in host.strip(".") and host == host.strip(".") and " " not in text and "@" not in name
    return None if good else _("电子邮箱格式不对，例如 zhangsan@example.com。")


FORMATS: dict[str, Callable[[str, date], str | None]] = {
    "uscc": _uscc, "cn-id": _id_number, "cn-mobile": _mobile, "date": _date, "email": _email,
}  # fmt: skip


# -- one value --------------------------------------------------------------------------------------------------------
def value_faults(field: Field, value: Any, today: date) -> list[str]:
    """What is wrong with a value that is present, each as a sentence with the remedy. Empty: nothing."""
    if not _has_shape(field, value):
        return [_of_type(field, None)]  # and jsonschema never meets what is deep or strange
    if fault := _unstorable(value):
        return [fault]
    found = [_message(field, error) for error in _validator(_key(field)).iter_errors(value)]
    if not found and field.format and isinstance(value, str) and (fault := FORMATS[field.format](value, today)):
        return [fault]
    if not found and _tells_a_number(field, value):
        return [_("这一栏会原样显示和打印，请不要填写身份证号码或银行卡号。")]
    return list(dict.fromkeys(found))


def _tells_a_number(field: Field, value: Any) -> bool:
    """An identity or card number where none is asked for: only personal fields are encrypted."""
    free = isinstance(value, str) and not (field.is_personal or field.format)
    return free and any(found.kind != redaction.MOBILE for found in redaction.find(value))


def is_empty(value: Any) -> bool:
    """Not answered. False and 0 are answers."""
    return value is None or value in ("", []) or (isinstance(value, str) and not value.strip())


def required_fault(field: Field) -> str:
    """Without the label: it stands beside the field, and before it in the list at the top."""
    if field.is_file:
        return _("请上传文件。")
    if field.must_be_ticked:
        return _("须勾选此项才能继续。")
    if field.is_choice or field.kind in (Kind.CHOICES, Kind.BOOLEAN):
        return _("请选择。")
    return _("请填写。")


def pattern_fault(pattern: str) -> str:
    return Pattern(pattern).fault()


def _has_shape(field: Field, value: Any) -> bool:
    """Scalars and lists of texts only: a value of a JSON interface may be anything."""
    match field.kind:
        case Kind.INTEGER | Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.CHOICES | Kind.FILES:
            return isinstance(value, list) and len(value) <= MAX_ITEMS and all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def _unstorable(value: Any) -> str | None:
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= char <= "\udfff" for char in value)):
        return _("含有无法保存的字符，请删去后重新填写。")
    if isinstance(value, float) and not math.isfinite(value):
        return _("应为数字，例如 120 或 120.5。")
    if isinstance(value, list):
        return next((fault for item in value if (fault := _unstorable(item))), None)
    return None


def _key(field: Field) -> str:
    return json.dumps({key: item for key, item in field.schema.items() if key != "format"}, sort_keys=True)


@functools.lru_cache(maxsize=4096)
def _validator(schema: str) -> Any:
    return _Validator(json.loads(schema))


# -- keywords jsonschema does not do as we need -----------------------------------------------------------------------
def _pattern(validator: Any, pattern: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:  # noqa: ARG001
    """By RE2: a package's pattern and an applicant's text must not together stop a worker."""
    if isinstance(instance, str) and not Pattern(pattern).matches(instance):
        yield ValidationError("pattern")


def _multiple_of(validator: Any, step: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:  # noqa: ARG001
    """In decimals: 19.99 is a multiple of 0.01."""
    if validator.is_type(instance, "number") and Decimal(str(instance)) % Decimal(str(step)):
        yield ValidationError("multipleOf")


_Validator = validators.extend(Draft202012Validator, {"pattern": _pattern, "multipleOf": _multiple_of})


# -- what to tell people ----------------------------------------------------------------------------------------------
def _message(field: Field, error: ValidationError) -> str:
    build = _MESSAGES.get(str(error.validator))
    return build(field, error.validator_value) if build else _("内容不符合要求，请检查。")


def _of_type(field: Field, named: Any) -> str:  # noqa: ARG001
    match field.kind:
        case Kind.INTEGER:
            return _("应为整数，例如 12。")
        case Kind.NUMBER:
            return _("应为数字，例如 120 或 120.5。")
        case Kind.BOOLEAN:
            return _("请选择“是”或“否”。")
        case Kind.FILE | Kind.FILES:
            return _("请重新上传文件。")
        case Kind.CHOICES:
            return _("请从列出的选项中选择。")
    return _("应为文字。")


def _of_pattern(field: Field, pattern: Any) -> str:  # noqa: ARG001
    if field.example:
        return _("格式不对，请参照示例填写：%s。") % localised(field.example)
    return _("格式不对，请按填写说明修改。")


def _of_const(field: Field, value: Any) -> str:
    return _("须勾选此项才能继续。") if field.kind is Kind.BOOLEAN else _("只能填写“%s”。") % value


_MESSAGES: dict[str, Callable[[Field, Any], str]] = {
    "type": _of_type,
    "enum": lambda field, listed: _("请从列出的选项中选择。"),  # noqa: ARG005
    "const": _of_const,
    "minLength": lambda field, least: _("太短：至少 %s 个字。") % least,  # noqa: ARG005
    "maxLength": lambda field, most: _("太长：最多 %s 个字，请精简。") % most,  # noqa: ARG005
    "pattern": _of_pattern,
    "minimum": lambda field, least: _("应不小于 %s。") % least,  # noqa: ARG005
    "maximum": lambda field, most: _("应不大于 %s。") % most,  # noqa: ARG005
    "exclusiveMinimum": lambda field, bound: _("应大于 %s。") % bound,  # noqa: ARG005
    "exclusiveMaximum": lambda field, bound: _("应小于 %s。") % bound,  # noqa: ARG005
    "multipleOf": lambda field, step: _("应为 %s 的整倍数。") % step,  # noqa: ARG005
    "minItems": lambda field, least: _("至少选择 %s 项。") % least,  # noqa: ARG005
    "maxItems": lambda field, most: _("最多选择 %s 项。") % most,  # noqa: ARG005
    "uniqueItems": lambda field, flag: _("有重复的选项，请删去。"),  # noqa: ARG005
}
