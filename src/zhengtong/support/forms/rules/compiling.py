"""From a definition (form.json) to a Form, or all its faults at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from zhengtong.kernel.texts import missing_languages
from zhengtong.support.expressions import services as expressions

from ..providers import OPTIONS, PREFILL
from .checking import FORMATS, pattern_fault
from .form import Check, Field, Form, Kind, PrefillRef, Step, Widget

MAX_FIELDS = 300
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESERVED = {"action", "next", "step", "csrfmiddlewaretoken", "idempotency_key", "draft_revision"}
DEFAULT_LENGTHS = {Widget.TEXTAREA: 2000}
DEFAULT_LENGTH = 200

ROOT_KEYS = {
    "$schema",
    "$id",
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "x-checks",
}
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


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a definition. `path` is a dotted place in form.json; `message` says how to mend it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


Report = Callable[[str, str], None]


def compile_definition(definition: Any) -> tuple[Form | None, list[Fault]]:
    """The form, or None and every fault."""
    faults: list[Fault] = []

    def report(path: str, message: str) -> None:
        faults.append(Fault(path, message))

    schema, layout = _parts(definition, report)
    if faults:
        return None, faults
    fields = _fields(schema, report)
    steps = _steps(layout, fields, set(schema["properties"]), report)
    checks = _checks(schema.get("x-checks", []), fields, report)
    _check_references(steps, fields, report)
    if faults:
        return None, faults
    return Form(steps=steps, checks=checks, definition=definition), []


# -- the two halves ---------------------------------------------------------------------------------------------------
def _parts(definition: Any, report: Report) -> tuple[dict[str, Any], dict[str, Any]]:
    if not isinstance(definition, Mapping):
        report("", _("表单应为一个 JSON 对象，含 schema 和 layout"))
        return {}, {}
    for key in sorted(set(definition) - {"schema", "layout", "$schema", "title", "description"}):
        report(str(key), _("不认识的内容；表单只有 schema 和 layout 两部分"))
    schema, layout = definition.get("schema"), definition.get("layout")
    if not isinstance(layout, Mapping) or not isinstance(layout.get("steps"), list) or not layout["steps"]:
        report("layout.steps", _('布局至少要有一个步骤：{"steps": [{"key", "title", "fields"}]}'))
    if not isinstance(schema, Mapping):
        report("schema", _("缺少 schema（JSON Schema 2020-12 对象）"))
        return {}, {}
    _check_root(schema, report)
    return dict(schema), dict(layout) if isinstance(layout, Mapping) else {}


def _check_root(schema: Mapping[str, Any], report: Report) -> None:
    for key in sorted(set(schema) - ROOT_KEYS):
        report(f"schema.{key}", _("这里不支持该关键字；字段之间的规则请写在 x-checks 中"))
    if schema.get("type") != "object":
        report("schema.type", _("应为 object"))
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        report("schema.properties", _("至少要有一个字段"))
    elif len(properties) > MAX_FIELDS:
        report("schema.properties", _("字段过多：最多 %s 个") % MAX_FIELDS)
    for error in sorted(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema), key=str):
        report(
            ".".join(["schema", *map(str, error.absolute_path)]), _("不是有效的 JSON Schema：%s") % error.message[:200]
        )


# -- fields -----------------------------------------------------------------------------------------------------------
def _fields(schema: Mapping[str, Any], report: Report) -> dict[str, Field]:
    required = schema.get("required", [])
    for name in required:
        if name not in schema["properties"]:
            report("schema.required", _("必填字段“%s”不在 properties 中") % name)
    fields = {}
    for name, definition in schema["properties"].items():
        path = f"schema.properties.{name}"
        if not NAME.fullmatch(name) or name in RESERVED:
            report(
                path, _("字段名应为小写字母开头的字母、数字、下划线，且不用保留名（%s）") % ", ".join(sorted(RESERVED))
            )
        elif not isinstance(definition, Mapping):
            report(path, _("字段应为一个对象"))
        elif one := _field(name, definition, name in required, path, report):
            fields[name] = one
    return fields


def _field(name: str, definition: Mapping[str, Any], required: bool, path: str, report: Report) -> Field | None:
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
            _check_map(definition.get(key), f"{path}.{key}", report)


def _check_map(value: Any, path: str, report: Report) -> None:
    if missing := missing_languages(value):
        report(path, _("缺少 %s 文字") % "、".join(missing))


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
    if named is not None and named not in FORMATS:
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
        _check_map(titles.get(value), f"{path}.x-enum-titles.{value}", report)
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
def _prefill(definition: Mapping[str, Any], path: str, report: Report) -> PrefillRef | None:
    bound = definition.get("x-prefill")
    if bound is None:
        return None
    if not isinstance(bound, Mapping) or not {"register", "field"} <= set(bound) <= {"register", "field", "key"}:
        report(f"{path}.x-prefill", _("应写明 register 和 field（可加 key）"))
        return None
    source = PREFILL.find(str(bound["register"]))
    if source is None:
        report(f"{path}.x-prefill.register", _("没有可预填的登记“%(name)s”；可用：%(known)s") % {
            "name": bound["register"], "known": ", ".join(sorted(PREFILL)) or "—"})  # fmt: skip
    elif bound["field"] not in source.fields():
        report(f"{path}.x-prefill.field", _("该登记没有数据项“%(name)s”；可用：%(known)s") % {
            "name": bound["field"], "known": ", ".join(sorted(source.fields()))})  # fmt: skip
    return PrefillRef(str(bound["register"]), str(bound["field"]), str(bound.get("key", "")))


def _condition(definition: Mapping[str, Any], path: str, report: Report) -> expressions.Expression | None:
    if "x-visible-when" not in definition:
        return None
    return _expression(definition["x-visible-when"], f"{path}.x-visible-when", report)


def _expression(source: Any, path: str, report: Report) -> expressions.Expression | None:
    try:
        return expressions.compile(source if isinstance(source, str) else "", {"form": dict})
    except expressions.Faulty as faulty:
        for fault in faulty.faults:
            report(path, str(fault))
    return None


def _checks(listed: Any, fields: Mapping[str, Field], report: Report) -> tuple[Check, ...]:
    if not isinstance(listed, list):
        report("schema.x-checks", _('应为列表：[{"check", "field", "message"}]'))
        return ()
    return tuple(check for number, item in enumerate(listed) if (check := _check(number, item, fields, report)))


def _check(number: int, item: Any, fields: Mapping[str, Field], report: Report) -> Check | None:
    path = f"schema.x-checks.{number}"
    if not isinstance(item, Mapping) or set(item) != {"check", "field", "message"}:
        report(path, _("每条规则应有且只有 check、field、message"))
        return None
    _check_map(item["message"], f"{path}.message", report)
    if item["field"] not in fields:
        report(f"{path}.field", _("没有字段“%s”") % item["field"])
    condition = _expression(item["check"], f"{path}.check", report)
    if condition is None:
        return None
    for name in sorted(condition.fields_of("form") - set(fields)):
        report(f"{path}.check", _("没有字段“%s”") % name)
    return Check(condition, str(item["field"]), item["message"])


# -- layout -----------------------------------------------------------------------------------------------------------
def _steps(layout: Mapping[str, Any], fields: dict[str, Field], named: set[str], report: Report) -> tuple[Step, ...]:
    steps, seen_keys, placed = [], set(), set()
    for number, item in enumerate(layout["steps"]):
        path = f"layout.steps.{number}"
        if not isinstance(item, Mapping) or not isinstance(item.get("fields"), list) or not item["fields"]:
            report(path, _("步骤应有 key、title 和至少一个字段的 fields"))
            continue
        key = str(item.get("key", ""))
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,40}", key) or key in seen_keys:
            report(f"{path}.key", _("步骤的 key 应为小写字母、数字、连字符，且不重复"))
        seen_keys.add(key)
        _check_map(item.get("title"), f"{path}.title", report)
        names = list(_placed_once(item["fields"], placed, named, path, report))
        steps.append(Step(key, item.get("title", ""), tuple(fields[name] for name in names if name in fields)))
    for name in sorted(named - placed):
        report(f"schema.properties.{name}", _("该字段不在任何步骤中，申请人无法填写"))
    return tuple(steps)


def _placed_once(names: list[Any], placed: set[str], named: set[str], path: str, report: Report) -> Iterator[str]:
    for name in names:
        if not isinstance(name, str) or name not in named:
            report(f"{path}.fields", _("没有字段“%s”") % name)
        elif name in placed:
            report(f"{path}.fields", _("字段“%s”出现了两次") % name)
        else:
            placed.add(name)
            yield name


def _check_references(steps: tuple[Step, ...], fields: Mapping[str, Field], report: Report) -> None:
    """A condition or a prefill key may read only what was asked before: no circles, no field nobody can reach."""
    earlier: set[str] = set()
    for one in (one for step in steps for one in step.fields):
        path = f"schema.properties.{one.name}"
        for name in sorted(one.condition.fields_of("form") if one.condition else ()):
            if said := _unreadable(fields.get(name), name in earlier):
                report(f"{path}.x-visible-when", said % name)
        if one.is_file and one.is_personal:
            report(f"{path}.x-personal", _("文件字段不用 x-personal：文件只给有权的人看"))
        if one.prefill and one.prefill.key and one.prefill.key not in earlier:
            report(f"{path}.x-prefill.key", _("应为排在前面的字段；“%s”不是") % one.prefill.key)
        earlier.add(one.name)


def _unreadable(read: Field | None, is_earlier: bool) -> str:
    """Why a condition may not read this field; empty: it may."""
    if read is None:
        return _("没有字段“%s”")
    if read.is_personal:
        return _("条件不能用个人信息字段“%s”：它是加密保存的")
    return "" if is_earlier else _("条件只能用排在前面的字段；“%s”在后面")


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
