"""A document against a JSON Schema, with messages that people who are no programmers understand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jsonschema import Draft202012Validator

from .faults import Fault
from .said import say as _
from .yaml import Document

_TYPES = {
    "string": _("文字"), "integer": _("整数"), "number": _("数字"), "boolean": _("true 或 false"),
    "array": _("列表（每项以“- ”开头）"), "object": _("带键的一组值"),
}  # fmt: skip
Told = tuple[str, Any, Any]


def check(document: Document, validator: Draft202012Validator, *, prefix: str) -> Iterator[Fault]:
    """One fault for each thing that has the wrong shape, under the code `prefix-…`."""
    if not isinstance(document.data, dict):
        message = _("%(file)s 应是带键的一组值。") % {"file": document.file}
        yield Fault(document.file, f"{prefix}-type", message, _("请参照样本填写。"))
        return
    for error in sorted(validator.iter_errors(document.data), key=lambda e: [str(p) for p in e.absolute_path]):
        for code, message, remedy, last in _say(error):
            yield document.fault((*error.absolute_path, *last), f"{prefix}-{code}", message, remedy)


def _say(error: Any) -> Iterator[tuple[str, Any, Any, tuple[str, ...]]]:
    if error.validator == "required":
        for name in (n for n in error.validator_value if n not in error.instance):
            yield (*_missing(name), ())
    elif error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        for name in sorted(set(error.instance) - set(known)):
            yield (*_unknown(name, list(known)), (name,))
    else:
        code, message, remedy = _SAYINGS.get(str(error.validator), _other)(error)
        yield code, message, remedy, ()


def _missing(name: str) -> Told:
    if name == "zh":
        return "required", _("缺少中文文字（zh）。"), _("请补上 zh。")
    return "required", _("缺少“%(name)s”。") % {"name": name}, _("请补上这一项。")


def _unknown(name: str, known: list[str]) -> Told:
    remedy = _("这里可以写：%(known)s。") % {"known": ", ".join(known)}
    return "unknown-key", _("不认识“%(name)s”。") % {"name": name}, remedy


def _type(error: Any) -> Told:
    wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    remedy = _("请改成这种写法；“01”这样的编码要加引号。")
    return "type", _("这里应是%(type)s。") % {"type": _TYPES[wanted[0]]}, remedy


def _enum(error: Any) -> Told:
    allowed = ", ".join(str(value) for value in error.validator_value)
    return (
        "value",
        _("“%(value)s”不可用。") % {"value": _short(error)},
        _("可以写：%(allowed)s。") % {"allowed": allowed},
    )


def _pattern(error: Any) -> Told:
    remedy = _("格式：%(pattern)s") % {"pattern": error.validator_value}
    return "value", _("“%(value)s”的写法不对。") % {"value": _short(error)}, remedy


def _bound(error: Any) -> Told:
    sign = {"minimum": "≥", "maximum": "≤", "minItems": "≥", "maxItems": "≤", "minLength": "≥", "maxLength": "≤"}
    said = f"{sign[str(error.validator)]} {error.validator_value}"
    return "range", _("超出允许的范围：%(bound)s。") % {"bound": said}, _("请改到允许的范围内。")


def _unique(error: Any) -> Told:  # noqa: ARG001
    return "repeated", _("列表中有重复的值。"), _("请删去重复的一项。")


def _other(error: Any) -> Told:
    return "value", _("内容不符合规定：%(rule)s。") % {"rule": error.validator}, _("请参照说明文档修改。")


def _short(error: Any) -> str:
    return str(error.instance)[:60]


_SAYINGS: dict[str, Callable[[Any], Told]] = {
    "type": _type, "enum": _enum, "pattern": _pattern, "minimum": _bound, "maximum": _bound, "minItems": _bound,
    "maxItems": _bound, "minLength": _bound, "maxLength": _bound, "uniqueItems": _unique,
}  # fmt: skip
