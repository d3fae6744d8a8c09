"""What a register accepts. Pure functions on plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, TypeVar

from django.utils.translation import gettext as _

from zhengtong.kernel import identifiers
from zhengtong.kernel.errors import FieldError
from zhengtong.kernel.texts import localised

from .fields import Kind, Register, RegisterField

_LONGEST = {Kind.TEXT: 100, Kind.LONG_TEXT: 5000, Kind.CODE: 10, Kind.STATUS: 20, Kind.URN: 150}
_STATUSES = ("operating", "revoked", "deregistered")


class Unreadable(ValueError):
    """A value that is not what the field holds; the message says what is."""


def read_values(
    register: Register, values: Mapping[str, Any], *, today: date, is_new: bool
) -> tuple[dict[str, Any], list[FieldError]]:
    """The values as the table keeps them, and every fault at once.

    Dates may come as ISO text, areas as numbers or text. A new record needs every required field; an amendment may not
    touch a fixed one.
    """
    read: dict[str, Any] = {}
    faults: list[FieldError] = []
    for name, value in values.items():
        field = register.field(name)
        if field is None:
            faults.append(FieldError(name, _("%s没有这个字段。") % localised(register.label)))
            continue
        try:
            read[name] = _read(field, value, today=today, is_new=is_new)
        except Unreadable as fault:
            faults.append(FieldError(name, str(fault), localised(field.label)))
    missing = [f for f in register.fields if is_new and f.is_required and f.name not in values]
    faults += [FieldError(f.name, _("不能为空。"), localised(f.label)) for f in missing]
    return read, faults


def _read(field: RegisterField, value: Any, *, today: date, is_new: bool) -> Any:
    if field.is_fixed and not is_new:
        raise Unreadable(_("登记后不能更改；如登记有误，请注销后重新登记。"))
    value = value.strip() if isinstance(value, str) else value
    if value in (None, ""):
        if field.is_required:
            raise Unreadable(_("不能为空。"))
        return None if field.kind in (Kind.DATE, Kind.MONEY, Kind.AREA) else ""
    return _READERS.get(field.kind, _read_text)(field, value, today)


def _read_text(field: RegisterField, value: Any, _today: date) -> str:
    text = str(value)
    longest = 300 if field.name == "address" else 200 if field.name.endswith("name") else _LONGEST[field.kind]
    if len(text) > longest:
        raise Unreadable(_("最多%(count)s个字。") % {"count": longest})
    if field.name == "division_code" and not (len(text) == 6 and text.isascii() and text.isdigit()):
        raise Unreadable(_("应为6位数字的行政区划代码。"))
    return text


def _read_uscc(_field: RegisterField, value: Any, _today: date) -> str:
    code = identifiers.normalise(str(value))
    if fault := identifiers.check_uscc(code):
        raise Unreadable(localised(identifiers.fault_text(identifiers.Kind.USCC, fault)))
    return code


def _read_date(field: RegisterField, value: Any, today: date) -> date:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise Unreadable(_("应为存在的日期，如 2026-11-21。")) from None
    if field.name == "established_date" and day > today:
        raise Unreadable(_("不能晚于今天。"))
    return day


def _read_money(_field: RegisterField, value: Any, _today: date) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise Unreadable(_("应为不小于零的整数，以分为单位。"))
    return value


def _read_area(_field: RegisterField, value: Any, _today: date) -> Decimal:
    try:
        area = Decimal(str(value))
    except InvalidOperation:
        area = Decimal("NaN")
    if not (area.is_finite() and Decimal("0.01") <= area < Decimal("1e10")):
        raise Unreadable(_("应为大于零的数，以平方米为单位。"))
    return area.quantize(Decimal("0.01"))


def _read_status(_field: RegisterField, value: Any, _today: date) -> str:
    if value not in _STATUSES:
        raise Unreadable(_("应为以下之一：%s。") % "、".join(_STATUSES))
    return value


_READERS = {
    Kind.USCC: _read_uscc,
    Kind.DATE: _read_date,
    Kind.MONEY: _read_money,
    Kind.AREA: _read_area,
    Kind.STATUS: _read_status,
}


def authorities_of(register: Register, names: Iterable[str]) -> frozenset[str]:
    """Keys of the organisations that own these fields."""
    wanted = set(names)
    return frozenset(field.authority.key for field in register.fields if field.name in wanted)


def is_lawful_status_change(old: str, new: str) -> bool:
    """注销 is final; a revoked entity can only be deregistered."""
    ways = {("operating", "revoked"), ("operating", "deregistered"), ("revoked", "deregistered")}
    return old == new or (old, new) in ways


def plain(value: Any) -> Any:
    """A stored value as JSON: dates as ISO text, areas as numbers."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


class HasAddress(Protocol):
    address: str


H = TypeVar("H", bound=HasAddress)


def choose_premises(candidates: Sequence[H], *, registered_address: str) -> H | None:
    """Where a business most likely works: at its registered address, else in the first of its premises."""
    return next((one for one in candidates if one.address == registered_address), candidates[0] if candidates else None)
