"""One property of the schema as a Field, with all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from zhengtong.support.expressions.services import Expression

from ..providers import OPTIONS, PREFILL, ChoiceSource
from .checking import FORMATS, pattern_fault
from .faults import Report, check_map, expression
from .form import Field, Kind, PrefillRef, Widget

DEFAULT_LENGTHS = {Widget.TEXTAREA: 2000}
DEFAULT_LENGTH = 200

EXTENSIONS = {
    "x-title", "x-help", "x-example", "x-widget", "x-data-element", "x-prefill", "x-options", "x-enum-titles",
    "x-personal", "x-visible-when",
}  # fmt: skip
VALUE_KEYS = {
    "type", "format", "enum", "const", "default", "title", "description", "examples", "minLength", "maxLength",
    "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "items", "minItems",
    "maxItems", "uniqueItems",
}  # fmt: skip
WIDGETS: dict[Kind, set[Widget]] = {
    Kind.TEXT: {Widget.TEXT, Widget.TEXTAREA, Widget.SELECT, Widget.RADIO, Widget.DATE},
    Kind.INTEGER: {Widget.NUMBER},
    Kind.NUMBER: {Widget.NUMBER},
    Kind.BOOLEAN: {Widget.CHECKBOX, Widget.RADIO},
    Kind.CHOICES: {Widget.CHECKBOX},
    Kind.FILE: {Widget.FILE},
    Kind.FILES: {Widget.FILE},
}
_USUAL = {
    Kind.INTEGER: Widget.NUMBER, Kind.NUMBER: Widget.NUMBER, Kind.BOOLEAN: Widget.CHECKBOX,
    Kind.CHOICES: Widget.CHECKBOX, Kind.FILE: Widget.FILE, Kind.FILES: Widget.FILE,
}  # fmt: skip


def make_field(name: str, definition: Mapping[str, Any], required: bool, path: str, report: Report) -> Field | None:
    """The field, or None where its type is not supported. Reports every fault."""
    _check_keys(definition, path, report)
    _check_texts(definition, path, report)
    kind = _kind(definition)
    if kind is None:
        report(f"{path}.type", _("应为 string、integer、number、boolean，或取值固定的字符串 array"))
        return None
    widget = _widget(definition, kind, path, report)
    _check_format(definition, kind, path, report)
    _check_options(definition, kind, widget, path, report)
    return Field(
        name=name,
        title=definition.get("x-title", ""),
        kind=kind,
        widget=widget,
        schema=_value_schema(definition, kind, widget),
        help=definition.get("x-help", ""),
        example=definition.get("x-example", ""),
        is_required=required,
        is_personal=_flag(definition, "x-personal", path, report),
        enum_titles=_enum_titles(definition, kind),
        table=_table(definition),
        prefill=_prefill(definition, path, report),
        condition=_condition(definition, path, report),
        data_element=str(definition.get("x-data-element", "")),
    )


def _check_keys(definition: Mapping[str, Any], path: str, report: Report) -> None:
    for key in sorted(set(definition) - VALUE_KEYS - EXTENSIONS):
        known = (
            _("可用的扩展：%s") % ", ".join(sorted(EXTENSIONS)) if str(key).startswith("x-") else _("不支持的关键字")
        )
        report(f"{path}.{key}", known)
    if isinstance(pattern := definition.get("pattern"), str) and (fault := pattern_fault(pattern)):
        report(f"{path}.pattern", _("正则表达式有误：%s") % fault)


def _check_texts(definition: Mapping[str, Any], path: str, report: Report) -> None:
    for key in ("x-title", "x-help", "x-example"):
        if key == "x-title" or key in definition:
            check_map(definition.get(key), f"{path}.{key}", report)


def _kind(definition: Mapping[str, Any]) -> Kind | None:
    is_file = definition.get("x-widget") == Widget.FILE
    match definition.get("type"):
        case "string":
            return Kind.FILE if is_file else Kind.TEXT
        case "integer" | "number" | "boolean" as plain:
            return Kind(plain)
        case "array":
            items = definition.get("items")
            if not isinstance(items, Mapping) or items.get("type") != "string":
                return None
            return Kind.FILES if is_file else Kind.CHOICES
    return None


def _widget(definition: Mapping[str, Any], kind: Kind, path: str, report: Report) -> Widget:
    named = definition.get("x-widget")
    if named is None:
        return _usual_widget(definition, kind)
    try:
        widget = Widget(named)
    except ValueError:
        report(
            f"{path}.x-widget", _("没有控件“%(name)s”；可用：%(known)s") % {"name": named, "known": ", ".join(Widget)}
        )
        return _usual_widget(definition, kind)
    if widget not in WIDGETS[kind]:
        report(f"{path}.x-widget", _("控件 %(widget)s 不适用于类型 %(kind)s") % {"widget": widget, "kind": kind})
    return widget


def _usual_widget(definition: Mapping[str, Any], kind: Kind) -> Widget:
    if kind is not Kind.TEXT:
        return _USUAL[kind]
    if "enum" in definition or "x-options" in definition:
        return Widget.SELECT
    return Widget.DATE if definition.get("format") == "date" else Widget.TEXT


def _check_format(definition: Mapping[str, Any], kind: Kind, path: str, report: Report) -> None:
    named = definition.get("format")
    if named is not None and (not isinstance(named, str) or named not in FORMATS):
        report(
            f"{path}.format", _("没有格式“%(name)s”；可用：%(known)s") % {"name": named, "known": ", ".join(FORMATS)}
        )
    if definition.get("x-widget") == Widget.DATE and named != "date":
        report(f"{path}.format", _("日期控件的格式应为 date"))
    if named is not None and kind is not Kind.TEXT:
        report(f"{path}.format", _("格式只用于文字字段"))


# -- options ----------------------------------------------------------------------------------------------------------
def _choices(definition: Mapping[str, Any], kind: Kind) -> Any:
    holder = definition.get("items") if kind is Kind.CHOICES else definition
    return holder.get("enum") if isinstance(holder, Mapping) else None


def _check_options(definition: Mapping[str, Any], kind: Kind, widget: Widget, path: str, report: Report) -> None:
    enum, table = _choices(definition, kind), _table(definition)
    if "x-options" in definition and table not in OPTIONS:
        report(f"{path}.x-options", _("没有代码表“%(name)s”；可用：%(known)s") % {
            "name": table, "known": ", ".join(sorted(OPTIONS)) or "—"})  # fmt: skip
    if enum is not None and table:
        report(f"{path}.x-options", _("enum 与 x-options 只能用一个"))
    needs = kind is Kind.CHOICES or (kind is Kind.TEXT and widget in (Widget.SELECT, Widget.RADIO))
    if needs and enum is None and not table:
        report(f"{path}.enum", _("可选项没有列出：请写 enum 和 x-enum-titles，或 x-options"))
    if kind is Kind.CHOICES and table:
        report(f"{path}.x-options", _("多选字段请用 enum"))
    if enum is not None:
        _check_enum(definition, enum, path, report)


def _check_enum(definition: Mapping[str, Any], enum: Any, path: str, report: Report) -> None:
    if not isinstance(enum, list) or not enum or not all(isinstance(value, str) and value for value in enum):
        report(f"{path}.enum", _("可选项应为非空的字符串列表"))
        return
    titles = definition.get("x-enum-titles")
    if not isinstance(titles, Mapping):
        report(f"{path}.x-enum-titles", _('每个可选项都要有名称：{"值": {"zh", "en"}}'))
        return
    for value in enum:
        check_map(titles.get(value), f"{path}.x-enum-titles.{value}", report)
    for extra in sorted(set(titles) - set(enum)):
        report(f"{path}.x-enum-titles.{extra}", _("没有这个可选项"))


def _enum_titles(definition: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    enum, titles = _choices(definition, kind), definition.get("x-enum-titles")
    if not isinstance(enum, list) or not isinstance(titles, Mapping):
        return {}
    return {value: titles.get(value, value) for value in enum if isinstance(value, str)}


def _table(definition: Mapping[str, Any]) -> str:
    options = definition.get("x-options")
    return str(options.get("table", "")) if isinstance(options, Mapping) else ""


# -- prefill, conditions ----------------------------------------------------------------------------------------------
_BOUND = {"register", "field", "key", "choose"}


def _prefill(definition: Mapping[str, Any], path: str, report: Report) -> PrefillRef | None:
    bound = definition.get("x-prefill")
    if bound is None:
        return None
    if not isinstance(bound, Mapping) or not {"register", "field"} <= set(bound) <= _BOUND:
        report(f"{path}.x-prefill", _("应写明 register 和 field（可加 key 或 choose）"))
        return None
    source = PREFILL.find(str(bound["register"]))
    if source is None:
        report(f"{path}.x-prefill.register", _("没有可预填的登记“%(name)s”；可用：%(known)s") % {
            "name": bound["register"], "known": ", ".join(sorted(PREFILL)) or "—"})  # fmt: skip
    elif bound["field"] not in source.fields():
        report(f"{path}.x-prefill.field", _("该登记没有数据项“%(name)s”；可用：%(known)s") % {
            "name": bound["field"], "known": ", ".join(sorted(source.fields()))})  # fmt: skip
    choose = bound.get("choose", False)
    if choose not in (True, False) or (choose and ("key" in bound or definition.get("type") != "string")):
        report(f"{path}.x-prefill.choose", _("应为 true；只用于文字字段，且不与 key 同用"))
    if choose is True and source is not None and not isinstance(source, ChoiceSource):
        report(f"{path}.x-prefill.choose", _("该登记中一个主体只有一条记录，无需选择"))
    return PrefillRef(str(bound["register"]), str(bound["field"]), str(bound.get("key", "")), choose is True)


def _condition(definition: Mapping[str, Any], path: str, report: Report) -> Expression | None:
    if "x-visible-when" not in definition:
        return None
    return expression(definition["x-visible-when"], f"{path}.x-visible-when", report)


# -- the value's own schema -------------------------------------------------------------------------------------------
def _value_schema(definition: Mapping[str, Any], kind: Kind, widget: Widget) -> dict[str, Any]:
    schema = {key: value for key, value in definition.items() if key in VALUE_KEYS}
    if kind is Kind.TEXT and "enum" not in schema:
        schema.setdefault("maxLength", DEFAULT_LENGTHS.get(widget, DEFAULT_LENGTH))
    if kind is Kind.FILES:
        schema.setdefault("maxItems", 20)
    if kind in (Kind.INTEGER, Kind.NUMBER):
        schema.setdefault("maximum", 10**15)
        schema.setdefault("minimum", -(10**15))
    return schema


def _flag(definition: Mapping[str, Any], key: str, path: str, report: Report) -> bool:
    value = definition.get(key, False)
    if not isinstance(value, bool):
        report(f"{path}.{key}", _("应为 true 或 false"))
    return value is True
