"""Statistics of a register by division: counted, small counts suppressed, and only then kept."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict
from zhengtong.kernel.texts import Texts
from zhengtong.kernel.transactions import verb
from zhengtong.resources.standards import queries as standards
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import catalogue
from ..definition.model import Definition
from ..definition.rules import Statistics
from ..models import StatisticsEdition
from ..quality import counting
from ..quality.counting import UNKNOWN, Counted

DIVISION: Texts = {"zh": "行政区划", "en": "Division"}


@verb
def make_statistics(*, actor: Actor, register: str, engine: str = "postgres", at: datetime) -> StatisticsEdition:
    """The edition of today; a second one of the day takes the place of the first. Raises Denied, NotFound, Conflict."""
    permissions.require(actor, "registers.quality.run")
    definition = catalogue.get(register)
    told = definition.statistics
    if told is None:
        raise Conflict(_("这个基础库没有统计表。"), remedy=_("请在 register.yaml 中写 statistics，再发布。"))
    day = china_date(at)
    counted = counting.count(definition, told, engine=engine, today=day)
    made, _is_new = StatisticsEdition.objects.update_or_create(
        register=register, day=day,
        defaults={
            "label": dict(told.label), "axes": _axes(definition, told, counted), "threshold": told.threshold,
            "cells": [[*place, value] for place, value in sorted(counted.table.items())],
            "suppressed": counted.hidden, "is_open": told.is_open, "made_at": at,
        },
    )  # fmt: skip
    return made


def _axes(definition: Definition, told: Statistics, counted: Counted) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [
        {"field": "division", "label": DIVISION, "categories": [[c, _division(c)] for c in counted.axes[0]]}
    ]
    for axis, categories in zip(told.axes, counted.axes[1:], strict=True):
        labels = [[code, counting.label_of(definition, axis, code, _name_of)] for code in categories]
        found.append({"field": axis.field, "label": dict(axis.label), "categories": labels})
    return found


def _division(code: str) -> Texts:
    if code == UNKNOWN:
        return {"zh": "未填写", "en": "not stated"}
    found = directory.find_division(code)
    return {"zh": found.name} if found else {"zh": code, "en": code}


def _name_of(table: str, code: str) -> Texts | None:
    found = standards.find_code(table, code)
    return dict(found.label) if found else None
