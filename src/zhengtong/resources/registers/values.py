"""What a register accepts. Pure functions on plain values: text and JSON in, typed values and every fault out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from zhengtong.kernel import identifiers
from zhengtong.kernel.errors import FieldError
from zhengtong.kernel.texts import localised, mask_id_number, mask_name, mask_phone
from zhengtong.kernel.wording import gettext as _

from .definition.model import Definition, Field, Type
from .geometry import box_of

EARLIEST = date(1850, 1, 1)
Codes = Callable[[str, str], bool]  # (code table, code) → whether the code may be used


class Places(Protocol):
    """Which codes of places may be stored (`places.Places`)."""

    def division_fault(self, code: str) -> str: ...

    def is_area(self, area: str) -> bool: ...


class Unreadable(ValueError):
    """A value that is not what the field holds; the message says what is. `code` is stable for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_values(
    definition: Definition, values: Mapping[str, Any], *, today: date, is_new: bool, is_correction: bool = False,
    codes: Codes, places: Places | None = None,
) -> tuple[dict[str, Any], list[FieldError]]:  # fmt: skip
    """The values as the register keeps them, and every fault at once.

    A new record needs every required field; an amendment may not touch a fixed one, a correction may.
    """
    read: dict[str, Any] = {}
    faults: list[FieldError] = []
    for name, value in values.items():
        one = definition.find(name)
        if one is None:
            faults.append(FieldError(name, _("%s没有这个字段。") % localised(definition.label)))
            continue
        try:
            if one.is_fixed and not is_new and not is_correction:
                raise Unreadable("fixed", _("登记后不能变更；登记有误的，请办理更正。"))
            read[name] = read_value(one, value, today=today, codes=codes, places=places)
        except Unreadable as fault:
            faults.append(FieldError(name, str(fault), localised(one.label)))
    missing = [f for f in definition.fields if is_new and f.is_required and f.name not in values]
    faults += [FieldError(f.name, _("不能为空。"), localised(f.label)) for f in missing]
    return read, faults


def read_value(one: Field, value: Any, *, today: date, codes: Codes, places: Places | None = None) -> Any:
    """One value as the register keeps it; None for an empty one. Raises Unreadable.

    `places`: for what is to be stored, where a code of a division must be one of today's and the area of a number one
    that ever was; without it only the form counts, as for what is sought.
    """
    if one.is_retired:
        raise Unreadable("retired", _("此项已停用，不再填写。"))
    value = value.strip() if isinstance(value, str) else value
    if value is None or value == "":
        if one.is_required:
            raise Unreadable("missing", _("不能为空。"))
        return None
    if one.type is Type.CODE:
        return _code(one, value, codes)
    read = _READERS[one.type](one, value, today)
    if one.minimum is not None and read < one.minimum:
        raise Unreadable("minimum", _("不能小于 %s。") % one.minimum)
    if one.is_past and read > today:
        raise Unreadable("future", _("不能晚于今天。"))
    if places is not None:
        _check_place(one, read, places)
    return read


def _check_place(one: Field, value: Any, places: Places) -> None:
    if one.type is Type.ID_NUMBER and not places.is_area(value[:6]):
        raise Unreadable("area-unknown", _("号码的前六位 %(area)s 从未是行政区划代码，请核对。") % {"area": value[:6]})
    if one.type is Type.DIVISION and (fault := places.division_fault(value)):
        raise Unreadable(fault, _DIVISION_FAULTS[fault]() % {"division": value})


_DIVISION_FAULTS: Mapping[str, Callable[[], str]] = {
    "division-abolished": lambda: _("行政区划代码 %(division)s 已经撤销，请改用现行代码。"),
    "division-unknown": lambda: _("没有代码为 %(division)s 的行政区划，请核对。"),
}


def _text(one: Field, value: Any, _today: date) -> str:
    text = str(value)
    if "\x00" in text:
        raise Unreadable("character", _("含有不能使用的字符。"))
    if one.length and len(text) > one.length:
        raise Unreadable("length", _("最多%(count)s个字。") % {"count": one.length})
    return text


def _code(one: Field, value: Any, codes: Codes) -> str:
    code = _text(one, value, EARLIEST)
    if not codes(one.code_table, code):
        raise Unreadable("unknown-code", _("代码表中没有“%(code)s”。") % {"code": code})
    return code


def _division(one: Field, value: Any, today: date) -> str:
    code = _text(one, value, today)
    if not (code.isascii() and code.isdigit() and len(code) in (6, 9, 12)):
        raise Unreadable("division", _("应为6位数字的行政区划代码（乡镇9位，村12位）。"))
    return code


_LANDLINE = re.compile(r"0[1-9][0-9]{1,2}-?[1-9][0-9]{6,7}([-转][0-9]{1,6})?")
_SERVICE = re.compile(r"[48]00-?[0-9]{3}-?[0-9]{4}")


def _phone(one: Field, value: Any, _today: date) -> str:
    """A mobile number of the mainland; but where a mobile is asked for, also a fixed line with its area code (and
    extension), or a number of 400 or 800."""
    text = identifiers.normalise(_text(one, value, _today)).removeprefix("+86").removeprefix("0086")
    if identifiers.check_mobile(mobile := text.replace("-", "")) is None:
        return mobile
    if one.element == "mobile-number":
        raise Unreadable("phone", _("应为11位的手机号码，以13至19开头。"))
    if not (_LANDLINE.fullmatch(text) or _SERVICE.fullmatch(text)):
        raise Unreadable("phone", _("应为11位手机号码，或带区号的固定电话，如 0826-2345678。"))
    return text


def _choice(one: Field, value: Any, _today: date) -> str:
    if value not in one.values:
        raise Unreadable("choice", _("应为以下之一：%s。") % "、".join(one.values))
    return str(value)


def _date(_one: Field, value: Any, today: date) -> date:  # noqa: ARG001
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise Unreadable("date", _("应为存在的日期，如 2026-11-21。")) from None
    if day < EARLIEST:
        raise Unreadable("date", _("不能早于 %s。") % EARLIEST.isoformat())
    return day


def _integer(_one: Field, value: Any, _today: date) -> int:
    try:
        number = value if isinstance(value, int) and not isinstance(value, bool) else int(str(value))
    except ValueError:
        raise Unreadable("number", _("应为整数。")) from None
    if not -(2**63) <= number < 2**63:
        raise Unreadable("number", _("数值过大。"))
    return number


def _money(one: Field, value: Any, today: date) -> int:
    try:
        amount = _integer(one, value, today)
    except Unreadable:
        amount = -1
    if amount < 0:
        raise Unreadable("number", _("应为不小于零的整数，以分为单位。"))
    return amount


def _decimal(one: Field, value: Any, _today: date) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Unreadable("number", _("应为数字。")) from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** (one.digits - one.scale):
        raise Unreadable("number", _("数值过大。"))
    return number.quantize(Decimal(1).scaleb(-one.scale))


def _degrees(_one: Field, value: Any, _today: date) -> float:
    try:
        degrees = float(value)
    except (TypeError, ValueError):
        degrees = float("nan")
    if not -180 <= degrees <= 180:
        raise Unreadable("number", _("应为 -180 到 180 之间的度数。"))
    return degrees


def _boolean(_one: Field, value: Any, _today: date) -> bool:
    words = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
    found = value if isinstance(value, bool) else words.get(str(value).lower())
    if found is None:
        raise Unreadable("boolean", _("应为“是”或“否”。"))
    return found


def _checked(kind: identifiers.Kind, check: Callable[..., identifiers.Fault | None]) -> Callable[..., str]:
    def read(_one: Field, value: Any, today: date) -> str:
        number = identifiers.normalise(str(value))
        fault = check(number, today=today) if kind is identifiers.Kind.ID_NUMBER else check(number)
        if fault:
            raise Unreadable(str(fault), localised(identifiers.fault_text(kind, fault)))
        return number

    return read


def _geometry(_one: Field, value: Any, _today: date) -> dict[str, Any]:
    try:
        shape = json.loads(value) if isinstance(value, str) else value
        box_of(shape)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Unreadable("geometry", _("应为经纬度坐标的 GeoJSON 图形。")) from None
    return dict(shape)


_READERS: dict[Type, Callable[[Field, Any, date], Any]] = {
    Type.TEXT: _text, Type.CHOICE: _choice, Type.DATE: _date, Type.INTEGER: _integer, Type.MONEY: _money,
    Type.DECIMAL: _decimal, Type.BOOLEAN: _boolean, Type.DEGREES: _degrees, Type.URN: _text, Type.GEOMETRY: _geometry,
    Type.ID_NUMBER: _checked(identifiers.Kind.ID_NUMBER, identifiers.check_id_number),
    Type.USCC: _checked(identifiers.Kind.USCC, identifiers.check_uscc),
    Type.PHONE: _phone, Type.DIVISION: _division,
}  # fmt: skip


# -- showing ----------------------------------------------------------------------------------------------------------
def masked(one: Field, value: Any) -> Any:
    """The value as it is shown to who may not see it whole."""
    if value is None or not one.mask:
        return value
    return {"name": mask_name, "id-number": mask_id_number, "phone": mask_phone}.get(one.mask, _stars)(str(value))


def _stars(_text: str) -> str:
    return "***"


def plain(value: Any) -> Any:
    """The value as JSON and forms keep it: days as ISO text, decimals as numbers."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
