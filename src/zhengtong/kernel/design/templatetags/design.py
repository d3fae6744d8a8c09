"""Tags and filters of every template (builtins: no `load` needed)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zhengtong.kernel import clock, ids, texts
from zhengtong.kernel.errors import FieldError

from ..icons import ICONS

register = template.Library()
log = logging.getLogger(__name__)

TONES = ("green", "yellow", "red", "blue", "grey")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


# -- texts and values -------------------------------------------------------------------------------------------------
@register.filter
def localised(value: Any) -> str:
    """A text map in the language of the page."""
    return texts.localised(value)


@register.simple_tag
def lang_attr(value: Any) -> SafeString:
    """` lang="zh-CN"` for a text that an English page shows in Chinese, because its data have no English."""
    if texts.language() != "en" or not value or str(texts.localised(value)).isascii():
        return SafeString("")
    has_english = isinstance(value, dict) and value.get("en")
    return SafeString("" if has_english else ' lang="zh-CN"')


@register.filter
def china_date(value: date | datetime | None) -> str:
    """2026年11月21日; 21 November 2026. A moment counts on its day in China."""
    if not value:
        return ""
    day = clock.china_date(value) if isinstance(value, datetime) else value
    if texts.language() == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def china_datetime(value: datetime | None) -> str:
    """2026年11月21日 14:05; 21 November 2026, 14:05 (time of Beijing)."""
    if not value:
        return ""
    comma = "," if texts.language() == "en" else ""
    return f"{china_date(value)}{comma} {value.astimezone(clock.CHINA):%H:%M}"


@register.filter
def short_urn(urn: str) -> str:
    """urn:zhengtong:511602-e:cases:case:0f3e2a71-… → cases:case:0f3e2a71; other texts as they are."""
    try:
        parts = ids.parse_urn(urn)
    except ValueError:
        return urn
    return f"{parts.room}:{parts.noun}:{str(parts.uuid)[:8]}"


@register.filter
def money(fen: int | None) -> str:
    """¥1,234.00 from fen."""
    if fen is None:
        return ""
    return f"{'-' if fen < 0 else ''}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


@register.filter
def mask_name(value: str | None) -> str:
    return texts.mask_name(value or "")


@register.filter
def mask_id_number(value: str | None) -> str:
    return texts.mask_id_number(value or "")


@register.filter
def mask_phone(value: str | None) -> str:
    return texts.mask_phone(value or "")


@register.filter
def field_id(path: str) -> str:
    """The id of the input of a field: `premises.area_m2` → `f-premises-area_m2`."""
    return "f-" + str(path).replace(".", "-")


# -- pieces -----------------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A line icon. Without a label it is decoration and hidden from screen readers."""
    if name not in ICONS:
        log.warning("no icon %r; there are: %s", name, ", ".join(sorted(ICONS)))
        name = "document"
    return _drawn(name, str(label), css)


@lru_cache(maxsize=1024)
def _drawn(name: str, label: str, css: str) -> SafeString:
    """A page has some dozens of icons, always the same: each is put together once."""
    voice = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" {} focusable="false"><use href="{}#{}"></use></svg>',
        css, voice, static("design/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def lamp(tone: str, label: Any) -> SafeString:
    """A clock's lamp: colour, shape and words say the same."""
    tone = tone if tone in TONES else "grey"
    shape = {"green": "check", "yellow": "alert", "red": "close", "blue": "clock", "grey": "clock"}[tone]
    return format_html('<span class="lamp lamp--{}">{}<span>{}</span></span>', tone, icon(shape), label)


@register.simple_tag
def status_tag(tone: str, text: Any) -> SafeString:
    return format_html('<span class="tag tag--{}">{}</span>', tone if tone in TONES else "grey", text)


@register.simple_tag
def idempotency_key() -> SafeString:
    """A hidden field: the same form sent twice is done once."""
    from zhengtong.kernel.idempotency.services import new_key

    return format_html('<input type="hidden" name="idempotency_key" value="{}">', new_key())


def _errors_of(errors: Any, path: str) -> list[Any]:
    if not errors:
        return []
    if isinstance(errors, dict):
        found = errors.get(path, [])
        return [found] if isinstance(found, str) else list(found)
    return [e.message for e in errors if isinstance(e, FieldError) and e.path == path]


@register.simple_tag
def field_errors(errors: Any, path: str) -> SafeString:
    """The messages of one field, beside it. `errors`: a list of FieldError, or a map of path to messages."""
    messages = _errors_of(errors, path)
    if not messages:
        return SafeString("")
    lines = format_html_join("", "<span>{}</span>", ((m,) for m in messages))
    name = "e-" + str(path).replace(".", "-")
    return format_html('<p class="field__error" id="{}">{}{}</p>', name, icon("alert"), lines)


@register.simple_tag
def has_errors(errors: Any, path: str) -> bool:
    return bool(_errors_of(errors, path))


@register.inclusion_tag("design/_error_summary.html")
def error_summary(errors: Iterable[FieldError] | None) -> dict[str, Any]:
    """All faults in a list at the top; each leads to its field."""
    return {"errors": list(errors or ())}


@register.inclusion_tag("design/_pagination.html")
def pagination(previous_url: str = "", next_url: str = "") -> dict[str, Any]:
    """Key-set paging: no page numbers, for nobody counts the rows."""
    return {"previous_url": previous_url, "next_url": next_url}


@register.inclusion_tag("design/_stepper.html")
def stepper(titles: Iterable[Any], current: int) -> dict[str, Any]:
    """Where one stands in a sequence; `current` counts from 1."""
    steps = [
        {"title": title, "state": "done" if n < current else "current" if n == current else "todo", "number": n}
        for n, title in enumerate(titles, 1)
    ]
    return {"steps": steps, "current": current}


@register.simple_tag
def vendor_script(name: str) -> SafeString:
    """A browser library fetched at set-up; a node without it works all the same."""
    from ..vendor import has_vendor_file

    path = f"vendor/{name}"
    if not has_vendor_file(path):
        return SafeString("")
    return format_html('<script src="{}" defer></script>', static(path))


@register.simple_tag
def yes_no(value: Any) -> str:
    return _("是") if value else _("否")
