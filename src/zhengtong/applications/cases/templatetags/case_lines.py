"""What every list of cases shows in each row, drawn without a template: where a case stands, and its clock."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zhengtong.kernel.design.templatetags.design import china_date, lamp, status_tag
from zhengtong.support.deadlines.queries import ClockView

from ..models import Status

register = template.Library()

TONES = {
    Status.GRANTED: "green", Status.DENIED: "red", Status.REFUSED: "red", Status.ABANDONED: "red",
    Status.SUPPLEMENT: "yellow", Status.WITHDRAWN: "grey",
}  # fmt: skip


@register.simple_tag
def case_status(case: Any) -> SafeString:
    """Where a case stands; a special procedure is said beside it."""
    status = status_tag(TONES.get(case.status, "blue"), case.status_label)
    if not case.is_suspended:
        return status
    return format_html("{} {}", status, status_tag("yellow", _("特别程序（暂停计时）")))


@register.simple_tag
def clock_line(clock: ClockView) -> SafeString:
    """A clock in one line: its lamp, the days counted in its own unit, the day on which it ends."""
    end = _("，%(date)s 到期") % {"date": china_date(clock.due_date)} if clock.due_date else ""
    provisional = _("（暂定）") if clock.provisional else ""
    return format_html(
        '<span class="cluster">{}<span>{}{}{}</span></span>', _lamp_of(clock), days_counted(clock), end, provisional
    )


@register.filter
def days_taken(clock: ClockView) -> str:
    """Of a stopped clock: how many days it took, of how many."""
    if clock.unit == "natural":
        text = _("用了 %(used)s 个自然日（共 %(total)s 个）")
    else:
        text = _("用了 %(used)s 个工作日（共 %(total)s 个）")
    return text % {"used": clock.used, "total": clock.total}


def days_counted(clock: ClockView) -> str:
    """Which day it is, of how many; or how many too many. Working or natural days, as the clock counts."""
    natural = clock.unit == "natural"
    if clock.used == 0 and clock.state == "running":
        text = _("共 %(total)s 个自然日，从次日起算") if natural else _("共 %(total)s 个工作日，从下一个工作日起算")
    elif clock.left >= 0:
        text = _("第 %(used)s 个自然日 / 共 %(total)s 个") if natural else _("第 %(used)s 个工作日 / 共 %(total)s 个")
    else:
        text = _("超期 %(days)s 个自然日") if natural else _("超期 %(days)s 个工作日")
    return text % {"used": clock.used, "total": clock.total, "days": -clock.left}


def _lamp_of(clock: ClockView) -> SafeString:
    if clock.state == "suspended" and not clock.is_overdue:
        return lamp("grey", _("暂停计时"))
    return lamp(clock.lamp, _("已超期") if clock.left < 0 else _("计时中"))
