"""What the pages of registers show of fields: texts of values, labels of authorities, days that were typed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.resources.registers import queries
from zhengtong.security.directory import queries as directory

_YEARS = range(1850, 2200)


def text_of(one: Any) -> Any:
    """The value of a seen field as people read it; empty where it is absent or nothing is registered."""
    if one.value is None:
        return ""
    if one.sight == "masked":
        return one.value
    if one.field.type == "geometry":
        return _("图形")
    return queries.shown(one.field, one.value, whole=True)


def rows_of(answer: Any) -> list[tuple[Any, Any]]:
    """(field, text) of a record."""
    return [(one, text_of(one)) for one in answer.fields] if answer else []


def titled(answer: Any) -> str:
    """What people call the record: the fields of its title, masked as they are."""
    texts = [str(text_of(answer[name])) for name in answer.definition.title or answer.definition.keys[0]]
    return "　".join(text for text in texts if text)


def purposes_known() -> list[tuple[str, Any]]:
    return list(queries.PURPOSES.items())


def organisation_names(uuids: Iterable[UUID]) -> dict[UUID, Any]:
    return {key: one.title for key, one in directory.organisations_by_uuid(set(uuids)).items()}


def authority_names(definition: Any) -> dict[str, Any]:
    """Names of the organisations that are authorities, by key. One query."""
    keys = {one.key for one in definition.authorities}
    return {one.key: one.title for one in directory.list_organisations() if one.key in keys}


def day_of(typed: str, name: str, label: Any) -> date | None:
    """A day as a form sends it; None for an empty one. Raises Invalid."""
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip()[:20])
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        told = _("不是有效的日期，请按 2026-03-02 的形式填写。")
        raise Invalid(told, fields=[FieldError(name, told, label)])
    return day


def end_of(day: date | None) -> datetime | None:
    """The end of the day in China: what was known on it."""
    return datetime.combine(day + timedelta(days=1), time(), CHINA) if day else None


def own_authorities(definition: Any, actor: Any) -> list[str]:
    """Keys of the authorities of the register at which the actor holds a post."""
    keys = {one.key for one in directory.organisations_by_uuid(actor.organisation_uuids).values()}
    return [one.key for one in definition.authorities if one.key in keys]
