"""From a definition (form.json) to a Form, or all its faults at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from .faults import Fault, Report, check_map, expression
from .fields import make_field
from .form import Check, Field, Form, Step

MAX_FIELDS = 300
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESERVED = {"action", "next", "step", "csrfmiddlewaretoken", "idempotency_key", "draft_revision"}
ROOT_KEYS = {
    "$schema", "$id", "title", "description", "type", "properties", "required", "additionalProperties", "x-checks",
}  # fmt: skip


def compile_definition(definition: Any) -> tuple[Form | None, list[Fault]]:
    """The form, or None and every fault."""
    faults: list[Fault] = []

    def report(path: str, message: str) -> None:
        faults.append(Fault(path, message))

    parts = _parts(definition, report)
    if parts is None:
        return None, faults
    schema, listed = parts
    fields = _fields(schema, report)
    steps = _steps(listed, fields, set(schema["properties"]), report)
    checks = _checks(schema.get("x-checks", []), fields, report)
    _check_references(steps, fields, report)
    if faults:
        return None, faults
    return Form(steps=steps, checks=checks, definition=definition), []


# -- the two halves ---------------------------------------------------------------------------------------------------
def _parts(definition: Any, report: Report) -> tuple[Mapping[str, Any], list[Any]] | None:
    """The schema and the steps; None where there is nothing to look into."""
    if not isinstance(definition, Mapping):
        report("", _("表单应为一个 JSON 对象，含 schema 和 layout"))
        return None
    for key in sorted(set(definition) - {"schema", "layout", "$schema", "title", "description"}):
        report(str(key), _("不认识的内容；表单只有 schema 和 layout 两部分"))
    schema, layout = definition.get("schema"), definition.get("layout")
    steps = layout.get("steps") if isinstance(layout, Mapping) else None
    if not isinstance(steps, list) or not steps:
        report("layout.steps", _('布局至少要有一个步骤：{"steps": [{"key", "title", "fields"}]}'))
        steps = []
    if not isinstance(schema, Mapping):
        report("schema", _("缺少 schema（JSON Schema 2020-12 对象）"))
        return None
    return (schema, steps) if _check_root(schema, report) else None


def _check_root(schema: Mapping[str, Any], report: Report) -> bool:
    """Whether there are fields to look into."""
    for key in sorted(set(schema) - ROOT_KEYS):
        report(f"schema.{key}", _("这里不支持该关键字；字段之间的规则请写在 x-checks 中"))
    if schema.get("type") != "object":
        report("schema.type", _("应为 object"))
    for error in sorted(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema), key=str):
        path = ".".join(["schema", *map(str, error.absolute_path)])
        report(path, _("不是有效的 JSON Schema：%s") % error.message[:200])
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        report("schema.properties", _("至少要有一个字段"))
        return False
    if len(properties) > MAX_FIELDS:
        report("schema.properties", _("字段过多：最多 %s 个") % MAX_FIELDS)
        return False
    return True


# -- fields and rules between them -----------------------------------------------------------------------------------
def _fields(schema: Mapping[str, Any], report: Report) -> dict[str, Field]:
    """Those that can be built; every fault of the others."""
    named = schema.get("required", [])
    required = {name for name in named if isinstance(name, str)} if isinstance(named, list) else set()
    for name in sorted(required):
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
        elif one := make_field(name, definition, name in required, path, report):
            fields[name] = one
    return fields


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
    check_map(item["message"], f"{path}.message", report)
    if str(item["field"]) not in fields:
        report(f"{path}.field", _("没有字段“%s”") % item["field"])
    condition = expression(item["check"], f"{path}.check", report)
    if condition is None:
        return None
    for name in sorted(condition.fields_of("form") - set(fields)):
        report(f"{path}.check", _("没有字段“%s”") % name)
    return Check(condition, str(item["field"]), item["message"])


# -- layout -----------------------------------------------------------------------------------------------------------
def _steps(listed: list[Any], fields: dict[str, Field], named: set[str], report: Report) -> tuple[Step, ...]:
    steps: list[Step] = []
    seen_keys: set[str] = set()
    placed: set[str] = set()
    for number, item in enumerate(listed):
        path = f"layout.steps.{number}"
        if not isinstance(item, Mapping) or not isinstance(item.get("fields"), list) or not item["fields"]:
            report(path, _("步骤应有 key、title 和至少一个字段的 fields"))
            continue
        key = str(item.get("key", ""))
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,40}", key) or key in seen_keys:
            report(f"{path}.key", _("步骤的 key 应为小写字母、数字、连字符，且不重复"))
        seen_keys.add(key)
        check_map(item.get("title"), f"{path}.title", report)
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
