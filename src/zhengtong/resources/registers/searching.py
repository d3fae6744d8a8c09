"""By what a register is searched, and how such a search becomes a condition: it always rests on an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.kernel.texts import localised

from . import rows
from .definition.model import Definition, Field, Type
from .values import Unreadable, read_value

LIKE = {"\\": r"\\", "%": r"\%", "_": r"\_"}
_BESIDE = frozenset(("former-name",))  # elements asked beside others, though they have no index


def is_prefix(one: Field) -> bool:
    """Asked by its beginning: pinyin, and a division with all below it."""
    return one.type is Type.DIVISION or one.element.endswith("-pinyin")


def searchable(definition: Definition) -> list[Field]:
    """The fields of the search form: those of keys, with an index, of the title, and former names."""
    keys = {name for key in definition.keys for name in key}
    return [
        one
        for one in definition.fields
        if not one.is_retired and one.type not in (Type.URN, Type.GEOMETRY)
        and (one.name in keys or one.is_indexed or one.element in _BESIDE)
    ]  # fmt: skip


def anchors(definition: Definition) -> list[Field]:
    """Of these at least one must be given: what is found by an index, and narrow enough."""
    keys = {key[0] for key in definition.keys}
    return [one for one in searchable(definition) if one.name in keys or (one.is_indexed and one.type != Type.DIVISION)]


def read_terms(
    definition: Definition, terms: Mapping[str, Any], *, today: date, codes: Callable[[str, str], bool]
) -> dict[str, Any]:
    """What was typed, as the register keeps it, by field. Raises Invalid with every fault at once."""
    known = {one.name: one for one in searchable(definition)}
    read, faults = {}, []
    for name, value in terms.items():
        text = str(value).strip() if value is not None else ""
        if not text:
            continue
        if name not in known:
            faults.append(FieldError(name, _("不能按此项查找。")))
            continue
        try:
            read[name] = _term(known[name], text, today, codes)
        except Unreadable as fault:
            faults.append(FieldError(name, str(fault), localised(known[name].label)))
    if not faults and not any(one.name in read for one in anchors(definition)):
        named = "、".join(localised(one.label) for one in anchors(definition))
        faults.append(FieldError(anchors(definition)[0].name, _("请至少填写其中一项：%s。") % named))
    if faults:
        raise Invalid(_("查找条件有误，请按提示修改。"), fields=faults)
    return read


def _term(one: Field, text: str, today: date, codes: Callable[[str, str], bool]) -> Any:
    if one.type is Type.DIVISION:
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise Unreadable("division", _("应为行政区划代码或其前几位数字。"))
        return text
    if is_prefix(one):
        return read_value(one, text.lower(), today=today, codes=codes)
    return read_value(one, text, today=today, codes=codes)


def condition(definition: Definition, terms: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The SQL condition of read terms, over the columns of the present rows."""
    parts, params = [], []
    for name, value in terms.items():
        one = definition.by_name[name]
        if is_prefix(one):
            parts.append(f"{name} LIKE %s")
            params.append("".join(LIKE.get(c, c) for c in value) + "%")
        else:
            part, found = rows.equal(definition, {name: value})
            parts.append(part)
            params += found
    return " AND ".join(parts), params
