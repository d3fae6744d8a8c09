"""A field against the data element that it is bound to: type, length, code table, values. Pure.

A register may ask for less than its element allows, and may not take what the element forbids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhengtong.kernel.documents.said import say as _
from zhengtong.resources.standards.queries import Element

from .model import Field, Type

_TYPES: dict[Type, tuple[str, ...]] = {
    Type.TEXT: ("text",), Type.CODE: ("code",), Type.CHOICE: ("code",), Type.DATE: ("date",),
    Type.INTEGER: ("integer",), Type.MONEY: ("integer",), Type.DECIMAL: ("decimal", "integer"),
    Type.BOOLEAN: ("boolean",), Type.DEGREES: ("decimal",), Type.ID_NUMBER: ("text",), Type.USCC: ("text",),
    Type.PHONE: ("text",), Type.DIVISION: ("code", "text"), Type.URN: ("text",), Type.GEOMETRY: ("geometry",),
}  # fmt: skip
_NUMBERS = {Type.ID_NUMBER: "cn-id", Type.USCC: "uscc"}
_SIZED = (Type.TEXT,)  # of a code the table says what fits
_EITHER = _("请改数据项，或绑定另一个数据元（element）。")
Contradiction = tuple[str, str, Any, Any]  # the key of the field, code, what is wrong, what to do


def contradictions(one: Field, element: Element) -> Iterator[Contradiction]:
    """Everything in which the field contradicts its element."""
    names = {"element": element.identifier, "type": one.type.value, "wanted": element.type.value}
    if element.type not in _TYPES[one.type]:
        told = _("类型 %(type)s 与数据元“%(element)s”的类型 %(wanted)s 不符。")
        yield "type", "element-type", told % names, _EITHER
        return
    if one.type in _NUMBERS and element.number != _NUMBERS[one.type]:
        told = _("数据元“%(element)s”不是这种号码（%(type)s）。") % names
        yield "type", "element-number", told, _EITHER
    yield from _size(one, element)
    yield from _codes(one, element)


def _size(one: Field, element: Element) -> Iterator[Contradiction]:
    if one.type in _SIZED and element.max_length and one.length > element.max_length:
        told = _("长度 %(length)d 超过数据元“%(element)s”的 %(most)d。")
        names = {"length": one.length, "element": element.identifier, "most": element.max_length}
        yield "length", "element-length", told % names, _("请改为不超过 %(most)d。") % names
    if one.type in _SIZED and one.length < element.min_length:
        told = _("长度 %(length)d 放不下数据元“%(element)s”的值（至少 %(least)d）。")
        names = {"length": one.length, "element": element.identifier, "least": element.min_length}
        yield "length", "element-length", told % names, _("请改为至少 %(least)d。") % names
    if one.type is Type.DECIMAL and element.type == "decimal" and one.scale > element.scale:
        told = _("小数位数 %(scale)d 超过数据元“%(element)s”的 %(most)d。")
        names = {"scale": one.scale, "element": element.identifier, "most": element.scale}
        yield "scale", "element-scale", told % names, _("请改为不超过 %(most)d。") % names


def _codes(one: Field, element: Element) -> Iterator[Contradiction]:
    if one.code_table and element.table and one.code_table != element.table:
        told = _("代码表 %(table)s 与数据元“%(element)s”的 %(wanted)s 不符。")
        names = {"table": one.code_table, "element": element.identifier, "wanted": element.table}
        yield "code_table", "element-table", told % names, _EITHER
    strange = sorted(set(one.values) - set(element.values)) if element.values else []
    if strange:
        told = _("可选值 %(values)s 不在数据元“%(element)s”的值域中。")
        names = {"values": ", ".join(strange), "element": element.identifier}
        yield "values", "element-values", told % names, _EITHER
