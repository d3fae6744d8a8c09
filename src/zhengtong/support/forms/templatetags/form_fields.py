"""`{% load form_fields %}`: a step's fields, a form's summary, in templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.safestring import SafeString

from zhengtong.kernel.clock import china_date as day_of
from zhengtong.kernel.design.templatetags.design import china_date
from zhengtong.kernel.errors import FieldError
from zhengtong.support.files import queries as files

from ..rules.form import Form, Step
from ..services import showing
from ..services.drawing import Drawn, draw
from ..services.prefilling import Prefilled

register = template.Library()


@register.simple_tag
def drawn_fields(
    form: Form,
    step: Step,
    data: Mapping[str, Any] | None,
    errors: Iterable[FieldError] | None = None,
    prefilled: Mapping[str, Prefilled] | None = None,
) -> list[Drawn]:
    return draw(form, step, data or {}, errors or (), prefilled or {})


@register.simple_tag
def summary_steps(
    form: Form,
    data: Mapping[str, Any] | None,
    prefilled: Mapping[str, Prefilled] | None = None,
    unmasked: Any = False,
    filed_at: Any = None,
) -> list[showing.StepSummary]:
    """`filed_at`: when it was handed in; codes keep the names they had then."""
    on = day_of(filed_at) if isinstance(filed_at, datetime) else None
    return showing.summarise(form, data or {}, prefilled=prefilled or {}, unmasked=unmasked is True, on=on)


@register.filter
def attributes(drawn: Drawn) -> SafeString:
    """The hints for the browser, and what describes the field to a screen reader."""
    voice = {"aria-describedby": drawn.described_by} if drawn.described_by else {}
    fault = {"aria-invalid": "true"} if drawn.faults else {}
    required = {"aria-required": "true"} if drawn.field.is_required and drawn.part not in ("radio", "choices") else {}
    return flatatt({**drawn.attributes, **voice, **fault, **required})


@register.filter
def day_text(text: str) -> str:
    """An ISO day as the page writes days; other text as it is."""
    try:
        return china_date(date.fromisoformat(text))
    except (ValueError, TypeError):
        return text


@register.simple_tag
def upload_limits() -> dict[str, str]:
    """What may be uploaded, in words and for the browser's file picker."""
    return {
        "accept": ",".join(files.ACCEPTED_EXTENSIONS),
        "words": files.ACCEPTED,
        "megabytes": f"{files.size_limit() / 1024 / 1024:g}",
    }
